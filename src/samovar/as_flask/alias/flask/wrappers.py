"""``flask.wrappers``."""

from __future__ import annotations

import typing as t

from werkzeug.exceptions import BadRequest as BadRequest
from werkzeug.exceptions import HTTPException as HTTPException
from werkzeug.wrappers import Request as RequestBase
from werkzeug.wrappers import Response as ResponseBase

import samovar.json as json
from samovar.as_flask.incidental import _split_blueprint_path as _split_blueprint_path
from samovar.current import current_app as current_app
from samovar.request import Request as Request
from samovar.response import Response as Response

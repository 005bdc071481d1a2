"""``flask.wrappers``."""

from __future__ import annotations

from werkzeug.exceptions import BadRequest as BadRequest
from werkzeug.exceptions import HTTPException as HTTPException
from werkzeug.wrappers import Request as RequestBase
from werkzeug.wrappers import Response as ResponseBase

import samovar.json as json
from samovar.current import current_app as current_app
from samovar.request import Request as Request
from samovar.response import Response as Response

"""``flask.debughelpers``."""

from __future__ import annotations

import typing as t

from jinja2.loaders import BaseLoader as BaseLoader
from werkzeug.routing import RequestRedirect as RequestRedirect

from samovar.app import App as App
from samovar.as_flask.incidental import _dump_loader_info as _dump_loader_info
from samovar.blueprints import Blueprint as Blueprint
from samovar.context import request_ctx as request_ctx
from samovar.errors import DebugFilesKeyError as DebugFilesKeyError
from samovar.errors import FormDataRoutingRedirect as FormDataRoutingRedirect
from samovar.errors import UnexpectedUnicodeError as UnexpectedUnicodeError
from samovar.errors import attach_enctype_error_multidict as attach_enctype_error_multidict
from samovar.errors import explain_template_loading_attempts as explain_template_loading_attempts

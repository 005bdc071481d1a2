"""``flask.globals``: the proxies, and the context variables that extensions reach for."""

from __future__ import annotations

import typing as t
from contextvars import ContextVar as ContextVar

from werkzeug.local import LocalProxy as LocalProxy

from samovar.context import _cv_app as _cv_app
from samovar.context import _cv_request as _cv_request
from samovar.context import app_ctx as app_ctx
from samovar.context import g as g
from samovar.context import request as request
from samovar.context import request_ctx as request_ctx
from samovar.context import session as session
from samovar.current import current_app as current_app

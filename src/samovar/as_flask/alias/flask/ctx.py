"""``flask.ctx``."""

from __future__ import annotations

import contextvars as contextvars
import sys as sys
import typing as t
from functools import update_wrapper as update_wrapper
from types import TracebackType as TracebackType

from werkzeug.exceptions import HTTPException as HTTPException

import samovar.typing as ft
from samovar.as_flask.incidental import F as F
from samovar.context import AppContext as AppContext
from samovar.context import RequestContext as RequestContext
from samovar.context import _AppCtxGlobals as _AppCtxGlobals
from samovar.context import _cv_app as _cv_app
from samovar.context import _cv_request as _cv_request
from samovar.context import after_this_request as after_this_request
from samovar.context import copy_current_request_context as copy_current_request_context
from samovar.context import has_app_context as has_app_context
from samovar.context import has_request_context as has_request_context
from samovar.scaffold import _sentinel as _sentinel
from samovar.signals import appcontext_popped as appcontext_popped
from samovar.signals import appcontext_pushed as appcontext_pushed

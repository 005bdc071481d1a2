"""``flask.app``: the application class, and what programs import from beside it."""

from __future__ import annotations

import collections.abc as cabc
import os as os
import sys as sys
import typing as t
import weakref as weakref
from datetime import timedelta as timedelta
from inspect import iscoroutinefunction as iscoroutinefunction
from itertools import chain as chain
from types import TracebackType as TracebackType
from urllib.parse import quote as _url_quote

import click as click
from werkzeug.datastructures import Headers as Headers
from werkzeug.datastructures import ImmutableDict as ImmutableDict
from werkzeug.exceptions import BadRequestKeyError as BadRequestKeyError
from werkzeug.exceptions import HTTPException as HTTPException
from werkzeug.exceptions import InternalServerError as InternalServerError
from werkzeug.routing import BuildError as BuildError
from werkzeug.routing import MapAdapter as MapAdapter
from werkzeug.routing import RequestRedirect as RequestRedirect
from werkzeug.routing import RoutingException as RoutingException
from werkzeug.routing import Rule as Rule
from werkzeug.serving import is_running_from_reloader as is_running_from_reloader
from werkzeug.wrappers import Response as BaseResponse
from werkzeug.wsgi import get_host as get_host

import samovar.typing as ft
from samovar.app import App as App
from samovar.as_flask.app import Flask as Flask
from samovar.as_flask.incidental import T_template_filter as T_template_filter
from samovar.as_flask.incidental import T_template_global as T_template_global
from samovar.as_flask.incidental import T_template_test as T_template_test
from samovar.as_flask.incidental import _make_timedelta as _make_timedelta
from samovar.context import AppContext as AppContext
from samovar.context import RequestContext as RequestContext
from samovar.context import _cv_app as _cv_app
from samovar.context import _cv_request as _cv_request
from samovar.context import g as g
from samovar.context import request as request
from samovar.context import request_ctx as request_ctx
from samovar.context import session as session
from samovar.core import T_shell_context_processor as T_shell_context_processor
from samovar.current import current_app as current_app
from samovar.helpers import get_debug_flag as get_debug_flag
from samovar.helpers import get_flashed_messages as get_flashed_messages
from samovar.helpers import get_load_dotenv as get_load_dotenv
from samovar.request import Request as Request
from samovar.response import Response as Response
from samovar.scaffold import T_teardown as T_teardown
from samovar.scaffold import _sentinel as _sentinel
from samovar.sessions import SecureCookieSessionInterface as SecureCookieSessionInterface
from samovar.sessions import SessionInterface as SessionInterface
from samovar.signals import appcontext_tearing_down as appcontext_tearing_down
from samovar.signals import got_request_exception as got_request_exception
from samovar.signals import request_finished as request_finished
from samovar.signals import request_started as request_started
from samovar.signals import request_tearing_down as request_tearing_down
from samovar.static import send_from_directory as send_from_directory
from samovar.template_environment import Environment as Environment

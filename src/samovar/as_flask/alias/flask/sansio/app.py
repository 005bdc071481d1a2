"""``flask.sansio.app``."""

from __future__ import annotations

import logging as logging
import os as os
import sys as sys
import typing as t
from datetime import timedelta as timedelta
from itertools import chain as chain

from werkzeug.exceptions import Aborter as Aborter
from werkzeug.exceptions import BadRequest as BadRequest
from werkzeug.exceptions import BadRequestKeyError as BadRequestKeyError
from werkzeug.routing import BuildError as BuildError
from werkzeug.routing import Map as Map
from werkzeug.routing import Rule as Rule
from werkzeug.utils import cached_property as cached_property
from werkzeug.utils import redirect as _wz_redirect
from werkzeug.wrappers import Response as Response

import samovar.typing as ft
from samovar.app import App as App
from samovar.as_flask.incidental import T_template_filter as T_template_filter
from samovar.as_flask.incidental import T_template_global as T_template_global
from samovar.as_flask.incidental import T_template_test as T_template_test
from samovar.as_flask.incidental import _make_timedelta as _make_timedelta
from samovar.as_flask.incidental import _split_blueprint_path as _split_blueprint_path
from samovar.config import Config as Config
from samovar.config import ConfigAttribute as ConfigAttribute
from samovar.context import _AppCtxGlobals as _AppCtxGlobals
from samovar.core import T_shell_context_processor as T_shell_context_processor
from samovar.helpers import get_debug_flag as get_debug_flag
from samovar.json.provider import DefaultJSONProvider as DefaultJSONProvider
from samovar.json.provider import JSONProvider as JSONProvider
from samovar.logging import create_logger as create_logger
from samovar.packages import find_package as find_package
from samovar.scaffold import Scaffold as Scaffold
from samovar.scaffold import T_teardown as T_teardown
from samovar.scaffold import _endpoint_from_view_func as _endpoint_from_view_func
from samovar.scaffold import setupmethod as setupmethod
from samovar.template_environment import DispatchingJinjaLoader as DispatchingJinjaLoader
from samovar.template_environment import Environment as Environment

"""``flask.cli``: finding the app, and the commands."""

from __future__ import annotations

import ast as ast
import collections.abc as cabc
import importlib as importlib
import inspect as inspect
import os as os
import platform as platform
import re as re
import sys as sys
import traceback as traceback
import typing as t
from functools import update_wrapper as update_wrapper
from operator import itemgetter as itemgetter
from types import ModuleType as ModuleType

import click as click
from click.core import ParameterSource as ParameterSource
from werkzeug import run_simple as run_simple
from werkzeug.serving import is_running_from_reloader as is_running_from_reloader
from werkzeug.utils import import_string as import_string

from samovar.as_flask.commands import FlaskGroup as FlaskGroup
from samovar.as_flask.commands import cli as cli
from samovar.as_flask.commands import get_version as get_version
from samovar.as_flask.commands import main as main
from samovar.as_flask.commands import run_command as run_command
from samovar.as_flask.commands import version_option as version_option
from samovar.as_flask.incidental import F as F
from samovar.as_flask.tls_options import _pair_with_key as _validate_key
from samovar.cli.banner import show_server_banner as show_server_banner
from samovar.cli.dotenv import load_dotenv as load_dotenv
from samovar.cli.group import _load_env_file as _env_file_callback
from samovar.cli.group import _set_app as _set_app
from samovar.cli.group import _set_debug as _set_debug
from samovar.cli.group import app_option, debug_option, env_file_option
from samovar.cli.options import PathListType as SeparatedPathType
from samovar.cli.routes import routes_command as routes_command
from samovar.cli.shell import shell_command as shell_command
from samovar.commands import AppGroup as AppGroup
from samovar.commands import ScriptInfo as ScriptInfo
from samovar.commands import pass_script_info as pass_script_info
from samovar.commands import with_appcontext as with_appcontext
from samovar.current import current_app as current_app
from samovar.helpers import get_debug_flag as get_debug_flag
from samovar.helpers import get_load_dotenv as get_load_dotenv
from samovar.loading import NoAppException as NoAppException
from samovar.loading import find_app_by_string as find_app_by_string
from samovar.loading import find_best_app as find_best_app
from samovar.loading import locate_app as locate_app
from samovar.loading import prepare_import as prepare_import

_app_option = app_option()
_debug_option = debug_option()
_env_file_option = env_file_option()

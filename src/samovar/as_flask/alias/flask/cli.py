"""``flask.cli``: finding the app, and the commands."""

from __future__ import annotations

import click as click

from samovar.as_flask.commands import FlaskGroup as FlaskGroup
from samovar.as_flask.commands import cli as cli
from samovar.as_flask.commands import get_version as get_version
from samovar.as_flask.commands import main as main
from samovar.as_flask.commands import run_command as run_command
from samovar.as_flask.commands import version_option as version_option
from samovar.cli.banner import show_server_banner as show_server_banner
from samovar.cli.dotenv import load_dotenv as load_dotenv
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

"""``samovar run``: serve an application."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from typing import Any

import click

from samovar.cli.group import app_option, debug_option
from samovar.cli.listening import check_place, listening_options
from samovar.cli.options import PathListType, parse_port
from samovar.cli.serve import Plan, serve
from samovar.cli.settings_options import (
    SectionedCommand,
    read_environment,
    settings_options,
    take_settings,
)
from samovar.cli.target import target_argument
from samovar.commands import ScriptInfo, pass_script_info
from samovar.helpers import get_debug_flag
from samovar.loading import is_servable, split_target
from samovar.server import Settings

ALIAS = "samovar.as_flask"
"""The Flask alias, imported by name: nothing else needs it, and it can be left out."""

Command = Callable[..., Any]


def _run_options(command: Command) -> Command:
    """Decorate a command with the options that say how to serve."""
    decorators = [
        target_argument,
        click.option("--host", "-h", default="127.0.0.1", help="The interface; '' means all."),
        click.option(
            "--port", "-p", default="5000", callback=parse_port, help="A number; 'uid': yours."
        ),
        *listening_options,
        click.option(
            "--access-log",
            default="plain",
            type=click.Choice(["off", "plain", "common", "combined", "json"]),
            help="What is written about each request.",
        ),
        click.option("--as-flask", is_flag=True, help="'import flask' means Samovar."),
        click.option(
            "--reload/--no-reload", default=None, help="Restart when a file changes [--debug]."
        ),
        click.option(
            "--debugger/--no-debugger", default=None, help="Show errors in the browser [--debug]."
        ),
        click.option(
            "--extra-files", type=PathListType(), help="Further files whose change restarts."
        ),
        click.option(
            "--exclude-patterns", type=PathListType(), help="Files whose change does not."
        ),
        click.option(
            "--poller",
            default="auto",
            type=click.Choice(["auto", "epoll", "selectors"]),
            help="How to wait for connections.",
        ),
        settings_options,
    ]
    for decorate in reversed(decorators):
        command = decorate(command)
    return command


@click.command("run", cls=SectionedCommand, short_help="Serve an application.")
@_run_options
@pass_script_info
def run_command(info: ScriptInfo, /, as_flask: bool, **options: Any) -> None:
    """Serve TARGET: a file, a folder, 'module', 'module:name' or 'module:create_app("x")'.

    The server is the same while you write a program and when it is in production.
    """
    check_place(options["bind"])
    settings = take_settings(options)
    run_application(info, settings, as_flask=as_flask, **options)


run_command.params[1:1] = [app_option(), debug_option()]
read_environment(run_command)


def run_application(
    info: ScriptInfo,
    settings: Settings,
    *,
    as_flask: bool,
    reload: bool | None = None,
    debugger: bool | None = None,
    extra_files: list[str] | None = None,
    exclude_patterns: list[str] | None = None,
) -> None:
    """Serve what ``info`` names; blocks.

    Args:
        info: Says which application.
        settings: How to listen and to log.
        as_flask: Whether ``flask`` means Samovar.
        reload: Whether to restart when a file changes; None means in debug mode.
        debugger: Whether to show errors in the browser; None means in debug mode.
        extra_files: Further files whose change restarts.
        exclude_patterns: Files whose change does not.
    """
    info.accepts = is_servable
    debug = get_debug_flag()
    plan = Plan(
        settings=settings,
        name=_name(info),
        debugger=debug if debugger is None else debugger,
        reload=debug if reload is None else reload,
        elsewhere=_same_command_elsewhere(),
        extra_files=extra_files or (),
        exclude_patterns=exclude_patterns or (),
    )

    def load() -> Any:
        _choose_flask(as_flask)
        return info.load_app()

    serve(load, plan, is_running=False)


def _choose_flask(as_flask: bool) -> None:
    """Put the alias in Flask's place where it is wanted, or where there is no Flask."""
    if as_flask:
        importlib.import_module(ALIAS).install()
    elif importlib.util.find_spec("flask") is None:
        importlib.import_module(ALIAS).install_on_demand()


def _name(info: ScriptInfo) -> str:
    """Return what the banner calls the application: the target without its folder."""
    place = split_target(info.app_import_path or "the application")[0]
    return place.rstrip("/\\").replace("\\", "/").rpartition("/")[2].removesuffix(".py")


def _same_command_elsewhere() -> str:
    """Return the command line of this process, with another port to be filled in."""
    words = sys.argv[1:]
    for option in ("-p", "--port"):
        if option in words[:-1]:
            at = words.index(option)
            del words[at : at + 2]
    words = [word for word in words if not word.startswith(("--port=", "-p="))]
    shown = " ".join(f"'{word}'" if " " in word or "(" in word else word for word in words)
    program = click.get_current_context().find_root().info_name
    return f"{program} {shown.replace('{', '{{').replace('}', '}}')} --port {{port}}"

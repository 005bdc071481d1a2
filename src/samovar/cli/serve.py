"""Serves an application: what ``samovar run`` and ``app.run()`` have in common."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from socket import socket
from typing import Any

import click

from samovar.app import App
from samovar.cli.banner import show_banner
from samovar.cli.reload.generation import Generation, claim_generation
from samovar.exchange import Handler
from samovar.handler import AppHandler
from samovar.loading import NoAppException, users_traceback
from samovar.server import Server, Settings, run
from samovar.server.listen import PortTaken, bind
from samovar.server.wsgi import WSGIHandler


@dataclass(frozen=True)
class Plan:
    """How to serve.

    Attributes:
        settings: What the server is told.
        name: What the banner calls the application.
        debugger: Whether an error shows a page with the traceback.
        evalex: Whether that page can run code, for whoever knows the PIN.
        reload: Whether a change of a file restarts the program.
        extra_files: Further files whose change reloads.
        exclude_patterns: Paths whose change does not.
    """

    settings: Settings
    name: str
    debugger: bool = False
    evalex: bool = True
    reload: bool = False
    extra_files: Sequence[str] = ()
    exclude_patterns: Sequence[str] = ()


def serve(load: Callable[[], Any], plan: Plan, *, is_running: bool) -> None:
    """Serve an application until the process is told to stop; blocks.

    Args:
        load: Returns the application: an :class:`~samovar.app.App` or any WSGI callable. Called
            once per process that serves.
        plan: How to serve.
        is_running: Whether the program's start-up code has run in this process.

    Raises:
        SystemExit: The port is taken, the application cannot be loaded, or, with reloading,
            the command has ended.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if plan.reload and in_main_thread:
        # The page that runs code must meet the process that holds the frames.
        plan = replace(plan, settings=replace(plan.settings, workers=1))
    generation = claim_generation()
    if generation is not None:
        generation.follow_watcher()
    sockets = generation.sockets() if generation and generation.listeners else listen(plan.settings)
    if plan.reload and in_main_thread and generation is None:
        generation = _begin_reloading(plan, sockets, is_running)
    make_handler = partial(_handler, load, plan, generation)
    if in_main_thread:
        run(make_handler, plan.settings, on_ready=partial(_announce, plan, generation), sockets=sockets)
    else:
        _serve_in_thread(make_handler, plan, sockets)


def listen(settings: Settings) -> list[socket]:
    """Return listening sockets, owned by the caller.

    Raises:
        SystemExit: The port is taken, which has been said.
    """
    try:
        return bind(settings)
    except PortTaken as taken:
        click.secho(str(taken), fg="red", err=True)
        sys.exit(1)


def _begin_reloading(plan: Plan, sockets: list[socket], is_running: bool) -> Generation | None:
    """Become the first generation below a watcher, or the watcher itself."""
    command = restart_command()
    if command is None:
        click.echo("Changes reload nothing: this program was not started from a file.", err=True)
        return None
    watch = Watch(
        command,
        folders=[*users_folders(), os.getcwd()],
        extra_files=plan.extra_files,
        exclude_patterns=plan.exclude_patterns,
    )
    listeners = [listener.fileno() for listener in sockets]
    if not is_running:
        sys.exit(Watcher(watch, listeners).run())
    generation = hand_over(watch, listeners)
    generation.follow_watcher()
    return generation


def _load_handler(load: Callable[[], Any], plan: Plan, generation: Generation | None) -> Handler:
    error: BaseException | None = None
    try:
        handler = handler_for(load(), plan.settings)
    except Exception as caught:
        _explain(caught)
        if generation is None or (isinstance(caught, NoAppException) and generation.number == 1):
            sys.exit(1)
        # The next change may mend it; until then the browser shows what is wrong.
        error = caught
        handler = FailedProgram(caught)
    if plan.debugger:
        handler = DebugHandler(handler, evalex=plan.evalex)
    if generation is not None:
        generation.report_serving(users_folders(error))
    return handler


def _explain(error: Exception) -> None:
    """Say why the program cannot be loaded: our own words, or the user's traceback."""
    said = error.format_message() if isinstance(error, NoAppException) else users_traceback(error)
    click.secho(said, fg="red", err=True)


def handler_for(app: Any, settings: Settings) -> Handler:
    """Return the handler of an application: natively for an App, else through the WSGI bridge."""
    if isinstance(app, App):
        return AppHandler(app)
    return WSGIHandler(
        app, multithread=settings.threads > 1, multiprocess=settings.workers > 1
    )

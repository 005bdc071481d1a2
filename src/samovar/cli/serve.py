"""Serves an application: what ``samovar run`` and ``app.run()`` have in common."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from socket import socket
from typing import Any

import click

from samovar.app import App
from samovar.cli.banner import show_banner
from samovar.cli.reload.generation import (
    Generation,
    claim_generation,
    restart_command,
    users_folders,
)
from samovar.cli.reload.handover import hand_over
from samovar.cli.reload.watch import Watch
from samovar.exchange import Handler
from samovar.handler import AppHandler
from samovar.loading import NoAppException, users_traceback
from samovar.server import Settings, run
from samovar.server.listen import bind
from samovar.server.pidfile import PidFileTaken, PidFileUnfit
from samovar.server.privileges import PrivilegesKept
from samovar.server.tls import CertificateUnfit
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
        elsewhere: What to type to use another port, which stands there as ``{port}``.
        extra_files: Further files whose change reloads.
        exclude_patterns: Paths whose change does not.
    """

    settings: Settings
    name: str
    debugger: bool = False
    evalex: bool = True
    reload: bool = False
    elsewhere: str = "samovar run --port {port}"
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
    generation = claim_generation()
    if generation is not None:
        generation.follow_watcher()
    sockets = generation.sockets() if generation and generation.listeners else listen(plan)
    if plan.reload and generation is None:
        generation = _begin_reloading(plan, sockets, is_running)
    if plan.settings.supervised and (plan.debugger or plan.reload):
        # The page that runs code must meet the process that holds the frames.
        alone = replace(plan.settings, workers=1, supervise=False, preload=False, max_requests=0)
        plan = replace(plan, settings=alone)
    program = _Program(load, plan, generation)
    try:
        code = run(program.handler, plan.settings, on_ready=program.announce, sockets=sockets)
    except (CertificateUnfit, PidFileTaken, PidFileUnfit, PrivilegesKept) as error:
        click.secho(f"{error}.", fg="red", err=True)
        sys.exit(1)
    if code:
        sys.exit(code)


class _Program:
    """What is served, from its loading to the banner."""

    def __init__(self, load: Callable[[], Any], plan: Plan, generation: Generation | None) -> None:
        self._load = load
        self._plan = plan
        self._generation = generation
        self._pin: str | None = None
        self._error: Exception | None = None

    def handler(self) -> Handler:
        """Load the application and return its handler.

        Raises:
            SystemExit: It cannot be loaded, which has been said.
        """
        try:
            handler = handler_for(self._load(), self._plan.settings)
        except Exception as error:
            self._explain(error)
            # The next change may mend it; until then the browser shows what is wrong.
            from samovar.debug.failed import FailedProgram  # PERF: few processes need it

            self._error = error
            handler = FailedProgram(error)
        if not self._plan.debugger:
            return handler
        # PERF: Werkzeug's page takes 50 ms to import, which only debug mode should pay.
        from samovar.debug.handler import DebugHandler

        debugging = DebugHandler(handler, evalex=self._plan.evalex)
        self._pin = debugging.pin
        return debugging

    def _explain(self, error: Exception) -> None:
        """Say why the program cannot be loaded: our own words, or the user's traceback."""
        is_missing = isinstance(error, NoAppException)
        said = str(error) if is_missing else users_traceback(error)
        click.secho(said, fg="red", err=True)
        if self._generation is None or (is_missing and self._generation.number == 1):
            sys.exit(1)

    def announce(self, addresses: Sequence[Any]) -> None:
        """Say that the application is being served: to the person once, to the watcher always."""
        generation = self._generation
        if generation is not None:
            generation.report_serving(users_folders(self._error))
        if generation is None or generation.number == 1:
            details = f"Debug mode, PIN of the debugger: {self._pin}" if self._pin else ""
            encrypted = bool(self._plan.settings.cert)
            show_banner(self._plan.name, addresses, details, encrypted=encrypted)


def listen(plan: Plan) -> list[socket]:
    """Return listening sockets, owned by the caller.

    Raises:
        SystemExit: There can be none, which has been said.
    """
    try:
        return bind(plan.settings)
    except OSError as error:
        click.secho(f"{error}.", fg="red", err=True)
        suggestion = getattr(error, "suggestion", None)
        if suggestion is not None and not plan.settings.bind:
            click.echo(f"\n    {plan.elsewhere.format(port=suggestion)}", err=True)
        sys.exit(1)


def _begin_reloading(plan: Plan, sockets: list[socket], is_running: bool) -> Generation | None:
    """Become the first generation below a watcher, or the watcher itself.

    None where there can be no watcher, which is said.
    """
    command = restart_command()
    obstacle = ""
    if command is None:
        obstacle = "this program was not started from a file"
    elif threading.current_thread() is not threading.main_thread():
        obstacle = "a watcher ends with a signal, which only the main thread gets"
    elif os.name == "nt":
        obstacle = "on Windows sockets cannot be passed on to the next generation"
    if command is None or obstacle:
        click.echo(f"Changes reload nothing: {obstacle}.", err=True)
        return None
    watch = Watch(
        command,
        folders=[*users_folders(), os.getcwd()],
        extra_files=plan.extra_files,
        exclude_patterns=plan.exclude_patterns,
    )
    listeners = [listener.fileno() for listener in sockets]
    if not is_running:
        # PERF: imported where it is needed: watchfiles takes 30 ms.
        from samovar.cli.reload.watcher import Watcher

        sys.exit(Watcher(watch, listeners).run())
    generation = hand_over(watch, listeners)
    generation.follow_watcher()
    return generation


def handler_for(app: Any, settings: Settings) -> Handler:
    """Return the handler of an application: natively for an App, else through the WSGI bridge."""
    if isinstance(app, App):
        return AppHandler(app)
    return WSGIHandler(app, multithread=settings.threads > 1, multiprocess=settings.supervised)

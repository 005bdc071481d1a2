"""``app.run()``: a program that starts its own server."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, NamedTuple

import click

from samovar.app import App
from samovar.cli.dotenv import load_dotenv as read_dotenv
from samovar.cli.group import RUNNING_COMMAND
from samovar.cli.reload.generation import claim_generation
from samovar.cli.serve import Plan, serve
from samovar.helpers import get_debug_flag, get_load_dotenv
from samovar.server import Settings

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5000

IGNORED_OPTIONS = frozenset(
    ("passthrough_errors", "reloader_interval", "reloader_type", "request_handler")
)
"""Options of Werkzeug's server that mean nothing to ours: taken, so that programs which pass them
run, and without effect."""

SETTINGS = frozenset(field.name for field in fields(Settings)) - {"host", "port"}
"""Options that are the server's settings."""


class Address(NamedTuple):
    """Where to listen."""

    host: str
    port: int


def launch(
    app: App,
    host: str | None = None,
    port: int | None = None,
    debug: bool | None = None,
    load_dotenv: bool = True,
    **options: Any,
) -> None:
    """Serve ``app`` until the process is told to stop; blocks.

    Does nothing while a command loads the program, which will serve the app itself.

    Args:
        app: The app.
        host: The interface; ``""`` means all of them, None what ``SERVER_NAME`` says or else
            this machine alone.
        port: The port; 0 lets the system choose, None means what ``SERVER_NAME`` says or 5000.
        debug: Switch debug mode on or off before.
        load_dotenv: Whether ``.env`` and ``.flaskenv`` are read.
        **options: ``use_reloader``, ``use_debugger``, ``use_evalex``, ``extra_files``,
            ``exclude_patterns``, ``threaded``, ``processes``, or one of the fields of
            :class:`~samovar.server.Settings`.

    Raises:
        TypeError: There is no such option.
    """
    address = prepare(app, host, port, debug, load_dotenv)
    if address is not None:
        options.setdefault("use_reloader", app.debug)
        options.setdefault("use_debugger", app.debug)
        serve_app(app, address, options, name=app.name)


def prepare(
    app: App, host: str | None, port: int | None, debug: bool | None, load_dotenv: bool
) -> Address | None:
    """Set debug mode and find the address; None where ``app.run()`` has nothing to do."""
    if os.environ.get(RUNNING_COMMAND) == "true":
        generation = claim_generation()
        if generation is None or generation.number == 1:
            click.secho(
                "app.run() was left out, because a command is loading this program. Write it"
                " below 'if __name__ == \"__main__\":', where it runs when it is wanted.",
                fg="yellow",
                err=True,
            )
        return None
    if get_load_dotenv(load_dotenv):
        read_dotenv()
        if "FLASK_DEBUG" in os.environ:
            app.debug = get_debug_flag()
    if debug is not None:
        app.debug = bool(debug)
    named_host, _, named_port = (app.config.get("SERVER_NAME") or "").partition(":")
    return Address(
        host if host is not None else named_host or DEFAULT_HOST,
        int(port if port is not None else named_port or DEFAULT_PORT),
    )


def serve_app(app: Any, address: Address, options: Mapping[str, Any], name: str) -> None:
    """Serve any WSGI callable with the options that ``app.run()`` takes; blocks.

    Raises:
        TypeError: There is no such option.
    """
    rest = {key: value for key, value in options.items() if key not in IGNORED_OPTIONS}
    reload = bool(rest.pop("use_reloader", False))
    debugger = bool(rest.pop("use_debugger", False))
    evalex = bool(rest.pop("use_evalex", True))
    extra_files = tuple(rest.pop("extra_files", None) or ())
    exclude_patterns = tuple(rest.pop("exclude_patterns", None) or ())
    if not rest.pop("threaded", True):
        rest.setdefault("threads", 1)
    rest.setdefault("workers", rest.pop("processes", 1))
    rest |= _certificate(rest.pop("ssl_context", None))
    unknown = sorted(rest.keys() - SETTINGS)
    if unknown:
        raise TypeError(f"run() has no option {unknown[0]!r}. There are: {sorted(SETTINGS)}.")
    plan = Plan(
        settings=Settings(host=address.host, port=address.port, **rest),
        name=name,
        debugger=debugger,
        evalex=evalex,
        reload=reload,
        elsewhere="app.run(port={port})",
        extra_files=extra_files,
        exclude_patterns=exclude_patterns,
    )
    serve(lambda: app, plan, is_running=True)


def _certificate(ssl_context: Any) -> dict[str, str]:
    """Return the settings that Werkzeug's option stands for.

    Raises:
        TypeError: It is a context that was made already.
    """
    match ssl_context:
        case None:
            return {}
        case "adhoc":
            return {"cert": "adhoc"}
        case (cert, key):
            return {"cert": os.fspath(cert), "key": os.fspath(key or "")}
        case _:
            raise TypeError(
                f"ssl_context is {ssl_context!r}, but it must be 'adhoc' or the names of two files:"
                " write for instance ssl_context=('cert.pem', 'key.pem'). The server makes its own"
                " context, so that it can read a new certificate while it runs."
            )

"""``samovar shell``: an interactive Python in the app's context."""

from __future__ import annotations

import code
import importlib
import os
import sys
from pathlib import Path
from typing import Any

import click

from samovar.cli.target import target_argument
from samovar.commands import with_appcontext
from samovar.current import current_app


@click.command("shell", short_help="Run a Python shell in the app's context.")
@target_argument
@with_appcontext
def shell_command() -> None:
    """Run an interactive Python shell in the app's context.

    It knows ``app``, ``g`` and whatever the app's shell context processors add.
    """
    namespace: dict[str, Any] = {}
    startup = os.environ.get("PYTHONSTARTUP")
    if startup and Path(startup).is_file():
        source = Path(startup).read_text(encoding="utf-8")
        exec(compile(source, startup, "exec"), namespace)
    namespace.update(current_app.make_shell_context())
    _complete_names_of(namespace)
    code.interact(
        banner=(
            f"Python {sys.version} on {sys.platform}\n"
            f"App: {current_app.import_name}\n"
            f"Instance: {current_app.instance_path}"
        ),
        local=namespace,
    )


def _complete_names_of(namespace: dict[str, Any]) -> None:
    """Let the Tab key complete what the shell knows, not what this module knows."""
    hook = getattr(sys, "__interactivehook__", None)
    if hook is None:
        return
    try:
        readline = importlib.import_module("readline")
        completer = importlib.import_module("rlcompleter").Completer(namespace)
    except ImportError:  # no readline on this system, so nothing completes
        pass
    else:
        readline.set_completer(completer.complete)
    hook()

"""Reads ``.env`` and ``.flaskenv`` into the environment, where python-dotenv is installed."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import ModuleType

import click

from samovar.typing import StrPath

DEFAULT_FILES = (".flaskenv", ".env")
"""Looked for in the current folder and those above it; what a later one says wins."""


def import_dotenv() -> ModuleType | None:
    """Return the ``dotenv`` module, or None where python-dotenv is not installed."""
    try:
        return importlib.import_module("dotenv")
    except ImportError:
        return None


def load_dotenv(path: StrPath | None = None, load_defaults: bool = True) -> bool:
    """Set environment variables from files, leaving alone those that are set already.

    Args:
        path: A file whose values win over those of the default files. A path that is no file
            is ignored.
        load_defaults: Whether to look for ``.flaskenv`` and ``.env``.

    Returns:
        Whether any file said anything. False where python-dotenv is not installed; a hint is
        then shown if there are files that it would have read.
    """
    dotenv = import_dotenv()
    if dotenv is None:
        if path or any(Path(name).is_file() for name in DEFAULT_FILES):
            click.secho(
                " * There are .env files here. To have them read, install python-dotenv:"
                " pip install python-dotenv",
                fg="yellow",
                err=True,
            )
        return False

    values: dict[str, str | None] = {}
    if load_defaults:
        for name in DEFAULT_FILES:
            found = dotenv.find_dotenv(name, usecwd=True)
            if found:
                values |= dotenv.dotenv_values(found, encoding="utf-8")
    if path is not None and Path(path).is_file():
        values |= dotenv.dotenv_values(path, encoding="utf-8")

    for name, value in values.items():
        if value is not None:
            os.environ.setdefault(name, value)
    return bool(values)

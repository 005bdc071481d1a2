"""Types of the options of ``samovar run``."""

from __future__ import annotations

import os
from typing import Any

import click


class PortType(click.ParamType):
    """A port number, or ``uid`` for the number of the user who runs the command.

    On a machine that many share, each user has a port of their own that way.
    """

    name = "port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the port as a number."""
        if value == "uid":
            if not hasattr(os, "getuid"):
                self.fail("'uid' needs a system where users have numbers; write a number.", param)
            value = os.getuid()
        try:
            port = int(value)
        except ValueError:
            self.fail(f"{value!r} is neither a number nor 'uid'.", param, ctx)
        if not 0 <= port <= 65_535:
            self.fail(f"{port} is not a port: they go from 0 to 65535.", param, ctx)
        return port


class PathListType(click.Path):
    """Several paths in one value, separated as in ``PATH``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the paths as a list."""
        parts = value if isinstance(value, list | tuple) else self.split_envvar_value(value)
        check = super().convert
        return [check(part, param, ctx) for part in parts]

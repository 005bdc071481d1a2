"""Values of the options of ``samovar run``."""

from __future__ import annotations

import os
from typing import Any

import click

from samovar.server.cores import count_cores


def parse_port(ctx: click.Context, param: click.Parameter, value: str) -> int:
    """Return the port that ``value`` means: a number, or ``uid`` for the user's own.

    On a machine that many share, ``uid`` gives each user a port of their own.

    Raises:
        click.BadParameter: It means none.
    """
    if value == "uid":
        if not hasattr(os, "getuid"):
            raise click.BadParameter("'uid' needs a system where users have numbers.", ctx, param)
        value = str(os.getuid())
    if not value.isdecimal():
        raise click.BadParameter(f"{value!r} is neither a number nor 'uid'.", ctx, param)
    port = int(value)
    if port > 65_535:
        raise click.BadParameter(f"{port} is no port: they go from 0 to 65535.", ctx, param)
    return port


def parse_workers(ctx: click.Context, param: click.Parameter, value: str) -> int:
    """Return the number of processes that ``value`` means; ``auto`` is one per processor core.

    Raises:
        click.BadParameter: It means none.
    """
    if value == "auto":
        return count_cores()
    if not value.isdecimal() or int(value) < 1:
        raise click.BadParameter(f"{value!r} is neither a number from 1 on nor 'auto'.", ctx, param)
    return int(value)


class PathListType(click.Path):
    """Several paths in one value, separated as in ``PATH``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the paths as a list."""
        parts = value if isinstance(value, list | tuple) else self.split_envvar_value(value)
        check = super().convert
        return [check(part, param, ctx) for part in parts]

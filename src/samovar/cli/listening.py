"""Options of ``samovar run`` that say where and how to listen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from samovar.cli.settings_options import SettingOption
from samovar.server import Settings
from samovar.server.place import parse_place


def parse_places(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the places as they are, if they mean something.

    Raises:
        click.BadParameter: One of them means nothing.
    """
    for text in value:
        try:
            parse_place(text)
        except ValueError as error:
            raise click.BadParameter(str(error), ctx, param) from error
    return value


def parse_mode(ctx: click.Context, param: click.Parameter, value: str) -> int:
    """Return the permission bits that octal digits stand for.

    Raises:
        click.BadParameter: They stand for none.
    """
    try:
        mode = int(value, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o777:
        raise click.BadParameter(
            f"{value!r} is no mode: write three octal digits, for instance 660.", ctx, param
        )
    return mode


def parse_list(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """Return the words between the commas of a value."""
    return tuple(word.strip() for word in value.split(",") if word.strip())


def check_place(bind: tuple[str, ...]) -> None:
    """Refuse a command line with both ``--bind`` and ``--host`` or ``--port``.

    Raises:
        click.UsageError: It has both, and only one can be meant.
    """
    context = click.get_current_context()
    for name in ("host", "port"):
        if bind and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"--bind already says where to listen: leave --{name} out, or write it into a"
                " --bind of its own, for instance --bind 127.0.0.1:8000."
            )


listening_options: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--bind",
        multiple=True,
        metavar="PLACE",
        callback=parse_places,
        help="Listen at HOST:PORT, unix:PATH or fd://N instead; can be repeated.",
    ),
    click.option(
        "--unix-mode",
        default=f"{Settings.unix_mode:o}",
        callback=parse_mode,
        help="Who may connect to a Unix socket, in octal.",
    ),
    click.option(
        "--cert",
        cls=SettingOption,
        section="Encryption",
        default="",
        metavar="FILE",
        help="Speak HTTPS with this certificate (PEM); 'adhoc': a made-up one.",
    ),
    click.option(
        "--key",
        cls=SettingOption,
        section="Encryption",
        default="",
        metavar="FILE",
        help="The certificate's private key (PEM).",
    ),
    click.option(
        "--trusted-proxies",
        cls=SettingOption,
        section="Behind a proxy",
        default="",
        metavar="ADDRESSES",
        callback=parse_list,
        help="Proxies whose word counts: addresses, networks, 'unix'; with commas between.",
    ),
    click.option(
        "--proxy-fields",
        cls=SettingOption,
        section="Behind a proxy",
        default="",
        metavar="NAMES",
        callback=parse_list,
        help="What of it counts: of 'for,proto,host,port,prefix', or 'forwarded' [all].",
    ),
)
"""Decorators that add the options to a command."""

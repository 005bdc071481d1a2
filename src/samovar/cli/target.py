"""The TARGET argument that commands share: which application is meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from samovar.commands import ScriptInfo

F = TypeVar("F", bound=Callable[..., Any])


def _use_target(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        ctx.ensure_object(ScriptInfo).app_import_path = value
    return value


def target_argument(command: F) -> F:
    """Decorate a command so that it takes an optional TARGET, as ``--app`` does."""
    return click.argument(
        "target", required=False, expose_value=False, is_eager=True, callback=_use_target
    )(command)

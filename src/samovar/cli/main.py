"""The ``samovar`` command itself."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from pathlib import Path

import click

from samovar.cli.group import CommandGroup


def _show_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    version = importlib.metadata.version
    click.echo(
        f"Samovar {version('samovar')} (Python {platform.python_version()},"
        f" Werkzeug {version('werkzeug')})"
    )
    ctx.exit()


class MainGroup(CommandGroup):
    """The commands of ``samovar``."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; somebody who names a program instead is told what to write."""
        if args and (args[0].endswith(".py") or Path(args[0]).is_dir()):
            ctx.fail(f"{args[0]!r} is no command. To serve it, write: samovar run {args[0]}")
        return super().resolve_command(ctx, args)


cli = MainGroup(
    name="samovar",
    help="""\
Serve and inspect web applications.

\b
    samovar run hello.py
    samovar run shop:create_app("test") --debug
    samovar routes hello.py
    """,
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_version,
            help="Show the version and exit.",
        )
    ],
)


def main() -> None:
    """Run the ``samovar`` command with the arguments of the process."""
    cli.main(prog_name="python -m samovar" if sys.argv[0].endswith("__main__.py") else None)

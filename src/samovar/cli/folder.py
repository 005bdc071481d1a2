"""``samovar serve``: serve a folder of files."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence
from typing import Any

import click

from samovar.cli.banner import show_banner
from samovar.cli.options import parse_port
from samovar.cli.serve import Plan, listen
from samovar.folder.handler import FolderHandler
from samovar.folder.live import Live
from samovar.folder.root import Root
from samovar.server import Settings, run


def _check_folder(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Refuse a file; somebody who means a program is told what to write."""
    if not os.path.isdir(value):
        hint = f" To run a program, write: samovar run {value}" if value.endswith(".py") else ""
        raise click.BadParameter(f"{value!r} is a file, and not a folder.{hint}", ctx, param)
    return value


@click.command("serve", short_help="Serve a folder of files.")
@click.argument(
    "folder", default=".", metavar="[DIR]", type=click.Path(exists=True), callback=_check_folder
)
@click.option(
    "--host",
    "--bind",
    "-h",
    "-b",
    default="127.0.0.1",
    show_default=True,
    help="The interface; '' means all.",
)
@click.option(
    "--port",
    "-p",
    default="8000",
    show_default=True,
    callback=parse_port,
    help="A number; 'uid': yours.",
)
@click.option(
    "--access-log",
    default="plain",
    type=click.Choice(["off", "plain", "common", "combined", "json"]),
    help="What is written about each request.",
)
@click.option("--live", is_flag=True, help="Pages reload in the browser when a file changes.")
@click.option("--follow-symlinks", is_flag=True, help="Symbolic links may lead out of DIR.")
def serve_command(
    folder: str, host: str, port: int, access_log: Any, live: bool, follow_symlinks: bool
) -> None:
    """Serve the files in DIR, by default the current folder.

    Folders show their index.html, or else what is in them. Hidden files (with a dot in front)
    are not served.
    """
    root = Root(folder, follow_symlinks)
    settings = Settings(host=host, port=port, access_log=access_log)
    elsewhere = f"samovar serve {shlex.quote(folder)} --port {{port}}"
    plan = Plan(settings, os.path.basename(root.path) or root.path, elsewhere=elsewhere)
    sockets = listen(plan)
    reloading = Live() if live else None
    if reloading is not None:
        # PERF: watchfiles takes 30 ms to import.
        from samovar.folder.watching import Watching

        Watching(root.path, reloading.changed).start()

    def announce(addresses: Sequence[Any]) -> None:
        show_banner(plan.name, addresses, "Pages reload when a file changes." if live else "")

    def load() -> FolderHandler:
        return FolderHandler(root, reloading)

    sys.exit(run(load, settings, on_ready=announce, sockets=sockets))

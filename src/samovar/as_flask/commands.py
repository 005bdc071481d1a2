"""The ``flask`` command under the alias."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping
from typing import Any

import click

from samovar.as_flask.tls_options import cert_option, key_option
from samovar.cli.group import CommandGroup
from samovar.cli.run import run_command as _run_command


def get_version(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Show the versions and exit, where ``value`` is true."""
    if not value or ctx.resilient_parsing:
        return
    version = importlib.metadata.version
    click.echo(
        f"Python {platform.python_version()}\n"
        f"Flask {version('flask')} (carried by Samovar {version('samovar')})\n"
        f"Werkzeug {version('werkzeug')}",
        color=ctx.color,
    )
    ctx.exit()


version_option = click.Option(
    ["--version"],
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=get_version,
    help="Show the versions and exit.",
)


class FlaskGroup(CommandGroup):
    """The group that Flask's users make scripts of, with Flask's ``--version``.

    Args:
        add_default_commands: Whether to offer ``run``, ``routes`` and ``shell``.
        create_app: A function that returns the app.
        add_version_option: Whether to offer ``--version``.
        load_dotenv: Whether ``.env`` and ``.flaskenv`` are read.
        set_debug_flag: Whether ``app.debug`` is set as the environment says.
        **extra: Passed on to :class:`click.Group`.
    """

    default_commands: Mapping[str, str] = {
        **CommandGroup.default_commands,
        "run": "samovar.as_flask.commands:run_command",
    }

    expects_app = True

    def __init__(
        self,
        add_default_commands: bool = True,
        create_app: Any = None,
        add_version_option: bool = True,
        load_dotenv: bool = True,
        set_debug_flag: bool = True,
        **extra: Any,
    ) -> None:
        if add_version_option:
            extra["params"] = [*(extra.get("params") or ()), version_option]
        super().__init__(add_default_commands, create_app, load_dotenv, set_debug_flag, **extra)


def _run(*, cert: Any, with_threads: bool, **options: Any) -> Any:
    options["cert"], options["key"] = _files_of(cert)
    if not with_threads:
        options["threads"] = 1
    assert _run_command.callback is not None, "it was made of a function"
    return _run_command.callback(**options)


def _files_of(cert: Any) -> tuple[str, str]:
    """Return ``cert`` as :class:`~samovar.server.Settings` takes it: certificate and key."""
    if cert is None:
        return "", ""
    if isinstance(cert, tuple):
        return cert
    if isinstance(cert, str):
        return cert, ""
    raise click.UsageError(
        "The server reads the certificate from files, so that it can be renewed while it runs:"
        " write --cert FILE --key FILE instead of the name of an SSLContext."
    )


_OURS = [param for param in _run_command.params if param.name not in ("cert", "key")]

run_command = click.Command(
    "run",
    callback=_run,
    params=[
        *_OURS,
        cert_option(),
        key_option(),
        click.Option(["--with-threads/--without-threads"], default=True),
    ],
    help=_run_command.help,
    short_help=_run_command.short_help,
)
"""``flask run``: ours, and the options that only Flask's has."""

cli = FlaskGroup(
    name="flask",
    help="""\
Serve and inspect Flask applications.

The application is named with '--app', in the environment variable FLASK_APP, or lies in 'wsgi.py'
or 'app.py' in the current folder.
""",
)


def main() -> None:
    """Run the ``flask`` command with the arguments of the process."""
    cli.main()

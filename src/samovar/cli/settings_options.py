"""The server's settings as options of ``samovar run``, in sections that ``--help`` shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import click

from samovar.cli.options import parse_workers
from samovar.server import Settings

PREFIX = "SAMOVAR_RUN_"
"""What the environment variable of an option begins with."""

SECTIONS = {
    "Processes": {
        "workers": "Processes that serve; 'auto': one per processor core.",
        "supervise": "Watch over a single worker too: replace it when it crashes, and on SIGHUP.",
        "worker_timeout": "Seconds of silence after which a stuck worker is replaced; 0: never.",
        "graceful_timeout": "Seconds for requests in flight when the server stops.",
        "stream_grace": "Seconds of these for replies of unknown length; event streams get none.",
        "max_requests": "Replace a worker after so many requests; 0: never.",
        "max_requests_jitter": "Vary that by up to so many requests.",
        "preload": "Load the program once, before the workers are forked; they share its memory.",
        "pidfile": "Write the number of the process to this file.",
        "user": "Become this user once the server listens, before the program is loaded.",
        "group": "Become this group; by default the first one of the user.",
    },
    "Times, in seconds": {
        "header_timeout": "For the whole head of a request.",
        "idle_timeout": "For the next request on an open connection.",
        "body_timeout": "Between two pieces of a request body.",
        "body_grace": "For a request body before its rate counts.",
        "write_timeout": "Between two pieces of a reply that the client accepts.",
    },
    "Limits, in bytes or numbers": {
        "threads": "The most threads that views may use in a process.",
        "max_connections": "Open connections of a process; further ones wait.",
        "max_requests_per_connection": "Requests on a connection before it is closed; 0: any.",
        "max_target": "The target of a request; over it: 414.",
        "max_head": "Request line and header fields together; over it: 431.",
        "max_fields": "The number of header fields; over it: 431.",
        "max_body": "A request body, whatever the program allows; over it: 413.",
        "max_memory_body": "A request body kept in memory; a larger one goes to a file.",
        "min_body_rate": "Bytes per second that a request body must reach.",
    },
}
"""Each setting below its section, with what ``--help`` says about it."""

Command = Callable[..., Any]


class SettingOption(click.Option):
    """An option that stands in a section of its own.

    Attributes:
        section: The heading in ``--help``.
    """

    def __init__(self, *args: Any, section: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


class SectionedCommand(click.Command):
    """A command whose ``--help`` shows the settings in sections, after its other options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            if record is not None and isinstance(param, click.Option):
                heading = param.section if isinstance(param, SettingOption) else "Options"
                sections.setdefault(heading, []).append(record)
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)


def settings_options(command: Command) -> Command:
    """Decorate a command with an option for each setting of the sections."""
    defaults = {field.name: field.default for field in fields(Settings)}
    for section, helps in reversed(SECTIONS.items()):
        for name, text in reversed(helps.items()):
            default = defaults[name]
            more: dict[str, Any] = {"default": default, "show_default": default != ""}
            if isinstance(default, bool):
                more = {"is_flag": True}
            elif name == "workers":
                more |= {"type": str, "metavar": "[N|auto]", "callback": parse_workers}
            command = click.option(
                f"--{name.replace('_', '-')}",
                cls=SettingOption,
                section=section,
                help=text,
                **more,
            )(command)
    return command


def take_settings(options: dict[str, Any]) -> Settings:
    """Take the server's settings out of a command's options.

    Raises:
        click.UsageError: A value cannot work.
    """
    names = [field.name for field in fields(Settings) if field.name in options]
    try:
        return Settings(**{name: options.pop(name) for name in names})
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def read_environment(command: click.Command) -> None:
    """Have each option of a command set by an environment variable of ours, too."""
    for param in command.params:
        if isinstance(param, click.Option) and param.expose_value and param.name:
            param.envvar = PREFIX + param.name.upper()

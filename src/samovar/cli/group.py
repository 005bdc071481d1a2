"""The group that offers our commands, those of extensions, and those of the app itself."""

from __future__ import annotations

import importlib
import os
import traceback
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any

import click
from click.core import ParameterSource

from samovar.ambient import application_or_none
from samovar.cli.dotenv import import_dotenv, load_dotenv
from samovar.commands import AppGroup, ScriptInfo
from samovar.loading import NoAppException

DEFAULT_COMMANDS = {
    "run": "samovar.cli.run:run_command",
    "routes": "samovar.cli.routes:routes_command",
    "serve": "samovar.cli.folder:serve_command",
    "shell": "samovar.cli.shell:shell_command",
}
"""Our commands by name, as ``module:attribute``; imported when asked for."""

PLUGIN_GROUP = "flask.commands"
"""The entry points through which extensions add commands to every app."""

RUNNING_COMMAND = "FLASK_RUN_FROM_CLI"
"""Set in the environment while a command runs: ``app.run()`` does nothing then, or a program
that calls it outside of ``if __name__ == "__main__"`` would never get to the end of its import."""


def _set_app(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        ctx.ensure_object(ScriptInfo).app_import_path = value
    return value


def _set_debug(ctx: click.Context, param: click.Parameter, value: bool) -> bool | None:
    source = ctx.get_parameter_source(param.name or "")
    if source in (None, ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP):
        return None  # not given: the environment decides
    # In the environment, so that a factory can ask for it while it makes the app.
    os.environ["FLASK_DEBUG"] = "1" if value else "0"
    return value


def _load_env_file(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    info = ctx.ensure_object(ScriptInfo)
    if value is not None and import_dotenv() is None:
        raise click.BadParameter(
            "python-dotenv must be installed to load an env file: pip install python-dotenv",
            ctx=ctx,
            param=param,
        )
    if value is not None or info.load_dotenv_defaults:
        load_dotenv(value, load_defaults=info.load_dotenv_defaults)
    return value


def app_option() -> click.Option:
    """Return the ``--app`` option, which names the target."""
    # Eager, so that the app's commands are known when --help is handled, which is eager too.
    return click.Option(
        ["-A", "--app"],
        metavar="TARGET",
        is_eager=True,
        expose_value=False,
        callback=_set_app,
        help="The application: a file, a folder, 'module', 'module:name' or a factory call such"
        " as 'module:create_app(\"x\")'.",
    )


def env_file_option() -> click.Option:
    """Return the ``--env-file`` option; it must stand before those that the files may set."""
    return click.Option(
        ["-e", "--env-file"],
        type=click.Path(exists=True, dir_okay=False),
        is_eager=True,
        expose_value=False,
        callback=_load_env_file,
        help="Set environment variables from this file first. It wins over '.env' and"
        " '.flaskenv'; what is set already stays. Needs python-dotenv.",
    )


def debug_option() -> click.Option:
    """Return the ``--debug`` option."""
    return click.Option(
        ["--debug/--no-debug"],
        expose_value=False,
        callback=_set_debug,
        help="Reload when a file changes, and show errors in the browser.",
    )


class CommandGroup(AppGroup):
    """Offers default commands, commands of installed extensions, and those in ``app.cli``.

    An app that cannot be loaded is reported, and the other commands stay usable.

    Args:
        add_default_commands: Whether to offer ``run``, ``routes`` and ``shell``.
        create_app: A function that returns the app; without it, options and environment say
            where to look.
        load_dotenv: Whether ``.env`` and ``.flaskenv`` are read.
        set_debug_flag: Whether ``app.debug`` is set as the environment says.
        env_prefix: Options can be set by environment variables of this prefix, for instance
            ``FLASK_RUN_PORT``.
        **extra: Passed on to :class:`click.Group`.
    """

    default_commands: Mapping[str, str] = DEFAULT_COMMANDS

    expects_app = False
    """Whether a list of commands is incomplete without an app, and says so."""

    def __init__(
        self,
        add_default_commands: bool = True,
        create_app: Callable[..., Any] | None = None,
        load_dotenv: bool = True,
        set_debug_flag: bool = True,
        env_prefix: str = "FLASK",
        **extra: Any,
    ) -> None:
        params = [*(extra.pop("params", None) or ())]
        params += [env_file_option(), app_option(), debug_option()]
        settings = extra.setdefault("context_settings", {})
        settings.setdefault("auto_envvar_prefix", env_prefix)
        super().__init__(params=params, **extra)
        self.create_app = create_app
        self.load_dotenv = load_dotenv
        self.set_debug_flag = set_debug_flag
        self._lazy = dict(self.default_commands) if add_default_commands else {}
        self._plugins_loaded = False

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a name: ours, an extension's, or the app's."""
        command = self._own_command(ctx, cmd_name)
        if command is not None:
            return command
        info = ctx.ensure_object(ScriptInfo)
        try:
            app = info.load_app()
        except NoAppException as error:
            click.secho(f"Error: {error.format_message()}\n", err=True, fg="red")
            return None
        # The app's commands have its context, and so have the callbacks of their parameters.
        if application_or_none() is not app:
            ctx.with_resource(app.app_context())
        command = app.cli.get_command(ctx, cmd_name)
        assert command is None or isinstance(command, click.Command), "app.cli is a click group"
        return command

    def _own_command(self, ctx: click.Context, name: str) -> click.Command | None:
        command = super().get_command(ctx, name)
        if command is None and name in self._lazy:
            module, _, attribute = self._lazy[name].partition(":")
            self.add_command(getattr(importlib.import_module(module), attribute), name)
            command = super().get_command(ctx, name)
        if command is None:
            self._load_plugins()
            command = super().get_command(ctx, name)
        return command

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, sorted."""
        self._load_plugins()
        names = {*super().list_commands(ctx), *self._lazy}
        info = ctx.ensure_object(ScriptInfo)
        try:
            names.update(info.load_app().cli.list_commands(ctx))
        except NoAppException as error:
            if self.expects_app or info.app_import_path:
                click.secho(f"Error: {error.format_message()}\n", err=True, fg="red")
        except Exception:
            # The program's own failure must not hide the commands that work without it.
            click.secho(f"{traceback.format_exc()}\n", err=True, fg="red")
        return sorted(names)

    def _load_plugins(self) -> None:
        if self._plugins_loaded:
            return
        self._plugins_loaded = True
        for entry_point in metadata.entry_points(group=PLUGIN_GROUP):
            self.add_command(entry_point.load(), entry_point.name)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Make the click context, with a :class:`ScriptInfo` as its object."""
        os.environ[RUNNING_COMMAND] = "true"
        if "obj" not in extra and "obj" not in self.context_settings:
            extra["obj"] = ScriptInfo(
                create_app=self.create_app,
                set_debug_flag=self.set_debug_flag,
                load_dotenv_defaults=self.load_dotenv,
            )
        return super().make_context(info_name, args, parent=parent, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options; ``--help`` alone also learns the app from the environment."""
        asks_for_help = len(args) == 1 and args[0] in self.get_help_option_names(ctx)
        if asks_for_help or (not args and self.no_args_is_help):
            for option in self.params:
                if option.name in ("env_file", "app"):
                    option.handle_parse_result(ctx, {}, [])
        return super().parse_args(ctx, args)

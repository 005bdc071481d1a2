"""Commands that belong to an app: what ``app.cli`` and ``blueprint.cli`` are made of.

A command finds its app through :class:`ScriptInfo`, which travels as click's context object and
loads the app at the first need. The command line itself stands above, in :mod:`samovar.cli`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, TypeVar, cast

import click

from samovar.context import has_app_context
from samovar.helpers import get_debug_flag, get_load_dotenv
from samovar.loading import (
    Accepts,
    NoAppException,
    find_program,
    is_application,
    locate_app,
    prepare_import,
    refuse_hidden_file,
    split_target,
)

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_PROGRAMS = ("wsgi.py", "app.py")
"""What is looked for in the current folder where no target was named."""


class ScriptInfo:
    """Knows how to load the app that a command works on, and loads it once.

    Args:
        app_import_path: The target, as :mod:`samovar.loading` reads it.
        create_app: A function that returns the app, used instead of a target.
        set_debug_flag: Whether ``app.debug`` is set as the environment says.
        load_dotenv_defaults: Whether ``.env`` and ``.flaskenv`` are to be read. Nothing is read
            here; who reads them asks this attribute.
        accepts: What counts as an application.

    Attributes:
        data: A place for commands to keep what they like.
    """

    def __init__(
        self,
        app_import_path: str | None = None,
        create_app: Callable[..., Any] | None = None,
        set_debug_flag: bool = True,
        load_dotenv_defaults: bool = True,
        accepts: Accepts = is_application,
    ) -> None:
        self.app_import_path = app_import_path
        self.create_app = create_app
        self.data: dict[Any, Any] = {}
        self.set_debug_flag = set_debug_flag
        self.load_dotenv_defaults = get_load_dotenv(load_dotenv_defaults)
        self.accepts = accepts
        self._loaded_app: Any = None

    def load_app(self) -> Any:
        """Return the app, loading it at the first call.

        Raises:
            NoAppException: There is none to be found.
            Exception: Whatever the program itself raises while it is imported.
        """
        if self._loaded_app is not None:
            return self._loaded_app
        app = self._find_app()
        if app is None:
            raise NoAppException(
                "Could not locate an application: no target was named, and there is no 'wsgi.py'"
                " or 'app.py' in the current folder. Name it with '--app', for instance"
                " '--app hello.py', or in the environment variable FLASK_APP."
            )
        if self.set_debug_flag and is_application(app):
            # Through the app's own attribute, so that what depends on it follows.
            app.debug = get_debug_flag()
        self._loaded_app = app
        return app

    def _find_app(self) -> Any:
        if self.create_app is not None:
            return self.create_app()
        if self.app_import_path:
            place, expression = split_target(self.app_import_path)
            program = find_program(place)
            name = prepare_import(program)
            refuse_hidden_file(program, name)
            return locate_app(name, expression, accepts=self.accepts)
        for path in DEFAULT_PROGRAMS:
            name = prepare_import(path)
            app = locate_app(name, None, raise_if_not_found=False, accepts=self.accepts)
            if app is not None:
                return app
        return None


pass_script_info = click.make_pass_decorator(ScriptInfo, ensure=True)
"""Decorates a command so that it gets the :class:`ScriptInfo` as its first argument."""


def with_appcontext(f: F) -> F:
    """Make a click callback run inside the app's application context.

    Commands of ``app.cli`` and ``blueprint.cli`` have the context without it.

    Example::

        @click.command()
        @with_appcontext
        def tidy() -> None:
            click.echo(current_app.name)
    """

    @click.pass_context
    def in_context(ctx: click.Context, /, *args: Any, **kwargs: Any) -> Any:
        if not has_app_context():
            app = ctx.ensure_object(ScriptInfo).load_app()
            ctx.with_resource(app.app_context())
        return ctx.invoke(f, *args, **kwargs)

    return cast(F, update_wrapper(in_context, f))


class AppGroup(click.Group):
    """A click group whose commands run inside the app's application context."""

    def command(  # type: ignore[override]  # takes one argument more than click's
        self, *args: Any, with_appcontext: bool = True, **kwargs: Any
    ) -> Callable[[Callable[..., Any]], click.Command]:
        """Register a function as a command, as :meth:`click.Group.command` does.

        Args:
            *args: Passed on to click.
            with_appcontext: Whether the function runs inside the application context.
            **kwargs: Passed on to click.
        """
        add = super().command

        def decorate(f: Callable[..., Any]) -> click.Command:
            callback = _in_appcontext(f) if with_appcontext else f
            return cast(click.Command, add(*args, **kwargs)(callback))

        return decorate

    def group(  # type: ignore[override]  # click's overloads cannot be repeated here
        self, *args: Any, **kwargs: Any
    ) -> Callable[[Callable[..., Any]], click.Group]:
        """Register a function as a sub-group, an :class:`AppGroup` unless ``cls`` is given."""
        kwargs.setdefault("cls", AppGroup)
        return cast(Callable[[Callable[..., Any]], click.Group], super().group(*args, **kwargs))


_in_appcontext = with_appcontext
"""The decorator, where an argument of the same name hides it."""

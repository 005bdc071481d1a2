"""The application context: which app is current, and ``g``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, cast

from werkzeug.routing import MapAdapter

from samovar.ambient import innermost
from samovar.awaiting import Steps
from samovar.exchange import Exchange
from samovar.frames import Frame, Push, Pushable, reset, show, unset, visible
from samovar.request import Request
from samovar.signals import appcontext_popped, appcontext_pushed
from samovar.typing import Application


class Owner(Application, Protocol):
    """What contexts ask of their app beyond :class:`samovar.typing.Application`."""

    @property
    def _session_opens_late(self) -> bool:
        """Whether nobody can tell if a session is opened at its first use."""
        ...

    @property
    def _tears_down_apps(self) -> bool:
        """Whether anybody wants to know when an application context ends."""
        ...

    def _make_request(self, exchange: Exchange) -> Request: ...

    def _match(self, context: Any) -> None: ...

    def _teardown_request_steps(self, exc: BaseException | None) -> Steps[None] | None: ...

    def _teardown_appcontext_steps(self, exc: BaseException | None) -> Steps[None]: ...


class _AppCtxGlobals:
    """The class of ``g``: a namespace that lives as long as its application context."""

    def __getattr__(self, name: str) -> Any:
        # Called only for names that are not there; it tells type checkers that any may be.
        raise AttributeError(name)

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self.__dict__[name]
        except KeyError:
            raise AttributeError(name) from None

    def get(self, name: str, default: Any = None) -> Any:
        """Return an attribute, or the default where it is not there."""
        return self.__dict__.get(name, default)

    def pop(self, name: str, default: Any = unset) -> Any:
        """Remove an attribute and return it.

        Raises:
            KeyError: It is not there, and no default was given.
        """
        if default is unset:
            return self.__dict__.pop(name)
        return self.__dict__.pop(name, default)

    def setdefault(self, name: str, default: Any = None) -> Any:
        """Return an attribute; where it is not there, set it to the default first."""
        return self.__dict__.setdefault(name, default)

    def __contains__(self, item: str) -> bool:
        return item in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __repr__(self) -> str:
        context = visible()[0]
        if context is not None:
            return f"<{_package_of(context.app)}.g of {context.app.name!r}>"
        return object.__repr__(self)


def _package_of(app: Application) -> str:
    """Return the package that the program knows the app's class by."""
    return getattr(type(app), "package_name", "samovar")


class AppContext(Pushable):
    """Says which app is current, and carries ``g``.

    Made by ``app.app_context()``; each request makes its own. It can be pushed more than once,
    and takes any attribute that an extension sets.

    Attributes:
        app: The app.
        g: The namespace behind ``g``.
        url_adapter: Builds URLs outside of a request, or None where SERVER_NAME is not set.
    """

    __slots__ = ("__dict__", "__weakref__", "_held", "_pushed", "app", "g", "url_adapter")

    app: Application
    g: Any
    url_adapter: MapAdapter | None

    def __init__(self, app: Application) -> None:
        self.app = app
        self.g = app.app_ctx_globals_class()
        self._pushed: list[Push] = []
        # Whether a pushed request context stands for a push of this one.
        self._held = False

    def __getattr__(self, name: str) -> Any:
        if name == "url_adapter":
            self.url_adapter = self.app.create_url_adapter(None)
            return self.url_adapter
        raise AttributeError(
            f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self
        )

    def push(self) -> None:
        """Make this the current application context."""
        outer, request_ctx = visible()
        self._pushed.append(show(self, request_ctx)._replace(app_ctx=outer))
        if appcontext_pushed.receivers:
            appcontext_pushed.send(self.app, _async_wrapper=self.app.ensure_sync)

    def pop_steps(self, exc: BaseException | None) -> Steps[None]:
        """Do what :meth:`pop` does, in steps."""
        try:
            if len(self._pushed) == 1 and not self._held:
                yield from cast(Owner, self.app)._teardown_appcontext_steps(exc)
        finally:
            current, request_ctx = visible()
            push = self._pushed.pop()
            if not reset(push):
                innermost.set(Frame(push.app_ctx, request_ctx))
        if current is not self:
            raise AssertionError(f"Popped wrong app context. ({current!r} instead of {self!r})")
        self._note_popped()

    def release_steps(self, exc: BaseException | None, request_ctx: Any) -> Steps[None]:
        """End it with the request context that held it: tear down, unless it is pushed still."""
        self._held = False
        if self._pushed:
            return
        outer = visible()
        push = show(self, request_ctx)
        try:
            yield from cast(Owner, self.app)._teardown_appcontext_steps(exc)
        finally:
            if not reset(push):
                innermost.set(Frame(*outer))
        self._note_popped()

    def _note_popped(self) -> None:
        if appcontext_popped.receivers:
            appcontext_popped.send(self.app, _async_wrapper=self.app.ensure_sync)

"""Contexts: what ``request``, ``session``, ``g`` and ``current_app`` stand for right now.

An :class:`AppContext` says which app is current and carries ``g``; a :class:`RequestContext` says
which request is. A pushed request context makes an application context of its app current as
well, unless one is current already.

One context variable (:data:`samovar.ambient.innermost`) holds the innermost of them: a request
context itself, or a :class:`_Frame` that an application context was pushed with. Each knows both
the application context and the request context that are visible from it.

Everything in a request context is made when it is first asked for: the request object, the
session, the URL adapter, the application context with its ``g``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextvars import Token
from functools import update_wrapper
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self, TypeVar, cast

from werkzeug.exceptions import HTTPException
from werkzeug.local import LocalProxy
from werkzeug.routing import MapAdapter, Rule

from samovar.ambient import NO_APP, Standpoint, application_or_none, innermost
from samovar.ambient import current_application as current_application
from samovar.awaiting import Steps, run_steps
from samovar.exchange import Exchange
from samovar.request import Request
from samovar.sessions import SessionMixin
from samovar.signals import appcontext_popped, appcontext_pushed
from samovar.typing import AfterRequestCallable, Application, WSGIEnvironment

F = TypeVar("F", bound=Callable[..., Any])

_unset: Any = object()
"""Stands for an argument that was not given where None is a value."""

NO_REQUEST = """\
Working outside of request context.

What you used needs a request that is being answered: call it from a view function, or from a
function that a view calls. To try it in a test or a shell, make a request up:

    with app.test_request_context("/path"):
        ...\
"""


class _Owner(Application, Protocol):
    """What contexts ask of their app beyond :class:`samovar.typing.Application`."""

    @property
    def session_opens_late(self) -> bool:
        """Whether nobody can tell if a session is opened at its first use."""
        ...

    @property
    def tears_down_apps(self) -> bool:
        """Whether anybody wants to know when an application context ends."""
        ...

    def make_request(self, exchange: Exchange) -> Request: ...

    def match(self, context: RequestContext) -> None: ...

    def teardown_request_steps(self, exc: BaseException | None) -> Steps[None]: ...

    def teardown_appcontext_steps(self, exc: BaseException | None) -> Steps[None]: ...


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

    def pop(self, name: str, default: Any = _unset) -> Any:
        """Remove an attribute and return it.

        Raises:
            KeyError: It is not there, and no default was given.
        """
        if default is _unset:
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
        context = _app_ctx_or_none()
        if context is not None:
            return f"<{_package_of(context.app)}.g of {context.app.name!r}>"
        return object.__repr__(self)


def _package_of(app: Application) -> str:
    """Return the package that the program knows the app's class by."""
    return getattr(type(app), "package_name", "samovar")


class _Frame:
    """What is visible where an application context was pushed, or where nothing is left.

    The properties that the proxies read raise RuntimeError where there is nothing.
    """

    __slots__ = ("app_ctx", "request_ctx")

    def __init__(self, app_ctx: AppContext | None, request_ctx: RequestContext | None) -> None:
        self.app_ctx = app_ctx
        self.request_ctx = request_ctx

    @property
    def app(self) -> Application:
        if self.app_ctx is None:
            raise RuntimeError(NO_APP)
        return self.app_ctx.app

    @property
    def g(self) -> Any:
        if self.app_ctx is None:
            raise RuntimeError(NO_APP)
        return self.app_ctx.g

    @property
    def request(self) -> Request:
        if self.request_ctx is None:
            raise RuntimeError(NO_REQUEST)
        return self.request_ctx.request

    @property
    def session(self) -> SessionMixin:
        if self.request_ctx is None:
            raise RuntimeError(NO_REQUEST)
        return self.request_ctx.session


class _Push(NamedTuple):
    """What a context keeps of one push: the way back.

    Attributes:
        standpoint: What it put into the variable.
        token: Resets the variable, in the task or thread that set it.
        app_ctx: The application context that was visible before.
        request_ctx: The request context that was visible before.
        owns_app: Whether a request context made its application context current by this push.
    """

    standpoint: Standpoint
    token: Token[Standpoint]
    app_ctx: AppContext | None = None
    request_ctx: RequestContext | None = None
    owns_app: bool = False


def _visible() -> tuple[AppContext | None, RequestContext | None]:
    """Return the contexts that are visible here."""
    here = innermost.get(None)
    return (None, None) if here is None else (here.app_ctx, here.request_ctx)


def _show(app_ctx: AppContext | None, request_ctx: RequestContext | None) -> _Push:
    """Make these two visible, and return the way back."""
    frame = _Frame(app_ctx, request_ctx)
    return _Push(frame, innermost.set(frame))


def _reset(push: _Push) -> bool:
    """Undo a push if it is the innermost one, which it normally is."""
    if innermost.get(None) is not push.standpoint:
        return False
    try:
        innermost.reset(push.token)
    except (ValueError, RuntimeError):
        # Another task or thread pushed it, and this one has taken its variables over.
        return False
    return True


class AppContext:
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
        self._pushed: list[_Push] = []
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
        outer, request_ctx = _visible()
        self._pushed.append(_show(self, request_ctx)._replace(app_ctx=outer))
        if appcontext_pushed.receivers:
            appcontext_pushed.send(self.app, _async_wrapper=self.app.ensure_sync)

    def pop(self, exc: BaseException | None = _unset) -> None:
        """Undo one push; the last one calls the ``teardown_appcontext`` functions.

        Args:
            exc: The error that ends the context; by default the one being handled.

        Raises:
            AssertionError: Another application context was pushed since and is not popped.
        """
        if exc is _unset:
            exc = sys.exc_info()[1]
        run_steps(self.pop_steps(exc))

    def pop_steps(self, exc: BaseException | None) -> Steps[None]:
        """Do what :meth:`pop` does, in steps."""
        try:
            if len(self._pushed) == 1 and not self._held:
                yield from cast(_Owner, self.app).teardown_appcontext_steps(exc)
        finally:
            current, request_ctx = _visible()
            push = self._pushed.pop()
            if not _reset(push):
                innermost.set(_Frame(push.app_ctx, request_ctx))
        if current is not self:
            raise AssertionError(f"Popped wrong app context. ({current!r} instead of {self!r})")
        self._note_popped()

    def release_steps(
        self, exc: BaseException | None, request_ctx: RequestContext | None
    ) -> Steps[None]:
        """End it with the request context that held it: tear down, unless it is pushed still."""
        self._held = False
        if self._pushed:
            return
        outer = _visible()
        push = _show(self, request_ctx)
        try:
            yield from cast(_Owner, self.app).teardown_appcontext_steps(exc)
        finally:
            if not _reset(push):
                innermost.set(_Frame(*outer))
        self._note_popped()

    def _note_popped(self) -> None:
        if appcontext_popped.receivers:
            appcontext_popped.send(self.app, _async_wrapper=self.app.ensure_sync)

    def __enter__(self) -> Self:
        self.push()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.pop(exc_value)


class RequestContext:
    """Says which request is current, and carries what belongs to it.

    Made by ``app.request_context(environ)`` and ``app.test_request_context(...)``, or for an
    exchange by :meth:`for_exchange`. It takes any attribute that an extension sets.

    Attributes:
        app: The app.
        exchange: What the server handed over, or None where it was made from an environ.
        request: The request.
        url_adapter: Matches and builds URLs for the request, or None where the request cannot
            be bound to the URL map.
        app_ctx: The application context that goes with it.
        flashes: The messages that were flashed before this request, once somebody asked.
        error: The error that ended the request, for the teardown functions.
        made: The names of what was made at first ask.
        session_waits: Whether the session is opened when it is first asked for.
        url_rule: The rule that the handler matched, for the request object yet to be made.
        view_args: Likewise what its variables matched.
    """

    # PERF: what is not set yet is made by __getattr__, which Python calls only then. A request
    # whose view asks for nothing sets five slots.
    __slots__ = (
        "__dict__",
        "__weakref__",
        "_after_request_functions",
        "_pushed",
        "_session",
        "app",
        "app_ctx",
        "error",
        "exchange",
        "flashes",
        "made",
        "request",
        "session_waits",
        "url_adapter",
        "url_rule",
        "view_args",
    )

    app: Application
    exchange: Exchange | None
    request: Request
    url_adapter: MapAdapter | None
    app_ctx: AppContext
    flashes: list[tuple[str, str]] | None
    error: BaseException | None
    made: tuple[str, ...]
    url_rule: Rule | None
    view_args: dict[str, Any] | None
    session_waits: bool
    _session: SessionMixin | None
    _after_request_functions: list[AfterRequestCallable[Any]]
    _pushed: list[_Push]

    def __init__(
        self,
        app: Application,
        environ: WSGIEnvironment,
        request: Request | None = None,
        session: SessionMixin | None = None,
    ) -> None:
        self.app = app
        self.exchange = None
        self.made = ()
        if request is None:
            request = cast(Request, app.request_class(environ))
            request.json_module = app.json
        self.request = request
        self._session = session
        self.session_waits = False
        self._pushed = []

    @classmethod
    def for_exchange(cls, app: Application, exchange: Exchange) -> Self:
        """Return the context of a request that a server hands over."""
        context = cls.__new__(cls)
        context.app = app
        context.exchange = exchange
        context.made = ()
        context.url_rule = context.view_args = None
        context._session = None
        context.session_waits = False
        context._pushed = []
        return context

    def __getattr__(self, name: str) -> Any:
        make = _MAKERS.get(name)
        if make is None:
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self
            )
        self.made += (name,)
        value = make(self)
        setattr(self, name, value)
        return value

    @property
    def g(self) -> Any:
        """The namespace behind ``g``."""
        return self.app_ctx.g

    @g.setter
    def g(self, value: Any) -> None:
        self.app_ctx.g = value

    @property
    def request_ctx(self) -> Self:
        """The context itself, as :class:`samovar.ambient.Standpoint` asks for it."""
        return self

    @property
    def session(self) -> SessionMixin:
        """The session; looking at it notes that the response depends on it.

        Raises:
            AssertionError: The context was not pushed yet, and pushing it opens the session.
        """
        session = self._session
        if session is None:
            raise AssertionError("The session has not yet been opened: push the context first.")
        session.accessed = True
        return session

    @session.setter
    def session(self, value: SessionMixin) -> None:
        self._session = value
        self.session_waits = False

    def copy(self) -> Self:
        """Return a context of the same request and session, to be pushed elsewhere.

        The request object is shared: use it from one thread at a time.
        """
        return type(self)(
            self.app, environ=self.request.environ, request=self.request, session=self._session
        )

    def match_request(self) -> None:
        """Find the rule that the request matches; a subclass may do it otherwise."""
        cast(_Owner, self.app).match(self)

    def push(self) -> None:
        """Make this the current request context: open the session and match the URL."""
        outer, outer_request = _visible()
        owns_app = False
        if outer is not None and outer.app is self.app:
            self.app_ctx = outer
        else:
            # The application context itself is made when somebody asks for it.
            owns_app = not self._pushed
        token = innermost.set(self)
        self._pushed.append(_Push(self, token, outer, outer_request, owns_app))
        if owns_app and appcontext_pushed.receivers:
            appcontext_pushed.send(self.app, _async_wrapper=self.app.ensure_sync)
        if not self.session_waits and self._session is None:
            if cast(_Owner, self.app).session_opens_late:
                self.session_waits = True
                del self._session
            else:
                self._session = _open_session(self)
        # After the session, which custom converters may look at.
        self.match_request()

    def keep_push(self, token: Token[Standpoint]) -> None:
        """Note that the variable was set to this context with nothing visible before.

        PERF: the handler sets the variable by itself, and calls this only where the request
        turns out to need more than a reset.
        """
        self._pushed[:1] = [_Push(self, token, owns_app=True)]

    def leave_thread(self) -> None:
        """Leave the variable as it was before the first push; another thread takes over."""
        innermost.reset(self._pushed[0].token)

    def pop(self, exc: BaseException | None = _unset) -> None:
        """Undo one push; the last one calls the teardown functions.

        Args:
            exc: The error that ends the request; by default the one being handled.

        Raises:
            AssertionError: Another request context was pushed since and is not popped.
        """
        if exc is _unset:
            exc = sys.exc_info()[1]
        run_steps(self.pop_steps(exc))

    def pop_steps(self, exc: BaseException | None) -> Steps[None]:
        """Do what :meth:`pop` does, in steps."""
        last = len(self._pushed) == 1
        try:
            if last:
                yield from cast(_Owner, self.app).teardown_request_steps(exc)
                close = getattr(self.request, "close", None)
                if close is not None:
                    close()
        finally:
            current = _request_ctx_or_none()
            push = self._pushed.pop()
            if not _reset(push):
                app_ctx = push.app_ctx if push.owns_app else _app_ctx_or_none()
                innermost.set(_Frame(app_ctx, push.request_ctx))
            if last:
                _break_cycle(self.request)
            if push.owns_app:
                yield from self._release_app_steps(exc, push.request_ctx)
            if current is not self:
                raise AssertionError(
                    f"Popped wrong request context. ({current!r} instead of {self!r})"
                )

    def _release_app_steps(
        self, exc: BaseException | None, request_ctx: RequestContext | None
    ) -> Steps[None]:
        """End the application context; one that nobody asked for is only made to be torn down."""
        app_ctx = self.app_ctx if cast(_Owner, self.app).tears_down_apps else self._made_app_ctx()
        if app_ctx is not None:
            yield from app_ctx.release_steps(exc, request_ctx)
            # Pushed again, the request gets a new one.
            del self.app_ctx

    def _made_app_ctx(self) -> AppContext | None:
        return self.app_ctx if "app_ctx" in self.made else None

    def __enter__(self) -> Self:
        self.push()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.pop(exc_value)

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.request.url!r} [{self.request.method}]"
            f" of {self.app.name}>"
        )


def _break_cycle(request: Request) -> None:
    """Let go of the request in its own environ, so that both are freed without the collector."""
    environ = request.__dict__.get("environ")
    if environ is not None:
        environ["werkzeug.request"] = None


def _make_request(context: RequestContext) -> Request:
    exchange = context.exchange
    if exchange is None:
        raise AttributeError("request")
    request = cast(_Owner, context.app).make_request(exchange)
    request.url_rule = context.url_rule
    request.view_args = context.view_args
    return request


def _open_session(context: RequestContext) -> SessionMixin:
    app = context.app
    context.session_waits = False
    interface = app.session_interface
    session: SessionMixin | None = interface.open_session(app, context.request)
    if session is None:
        session = interface.make_null_session(app)
    return cast(SessionMixin, session)


def _bind_url_map(context: RequestContext) -> MapAdapter | None:
    try:
        return context.app.create_url_adapter(context.request)
    except HTTPException as error:
        context.request.routing_exception = error
        return None


def _make_app_ctx(context: RequestContext) -> AppContext:
    app_ctx = cast(AppContext, context.app.app_context())
    app_ctx._held = True
    return app_ctx


def _nothing(context: RequestContext) -> None:
    return None


def _new_list(context: RequestContext) -> list[Any]:
    return []


def _pushed_by_handler(context: RequestContext) -> list[_Push]:
    """Return the pushes of a context that the handler put into the variable by itself.

    The first one stands for the handler's, until it says more with ``keep_push``.
    """
    return [_Push(context, cast("Token[Standpoint]", None), owns_app=True)]


_MAKERS: dict[str, Callable[[RequestContext], Any]] = {
    "_after_request_functions": _new_list,
    "_pushed": _pushed_by_handler,
    "_session": _open_session,
    "app_ctx": _make_app_ctx,
    "error": _nothing,
    "flashes": _nothing,
    "request": _make_request,
    "url_adapter": _bind_url_map,
}


def _app_ctx_or_none() -> AppContext | None:
    return _visible()[0]


def _request_ctx_or_none() -> RequestContext | None:
    here = innermost.get(None)
    return None if here is None else here.request_ctx


def _current_app_ctx() -> AppContext:
    context = _app_ctx_or_none()
    if context is None:
        raise RuntimeError(NO_APP)
    return context


def _current_request_ctx() -> RequestContext:
    context = _request_ctx_or_none()
    if context is None:
        raise RuntimeError(NO_REQUEST)
    return context


app_ctx = cast(AppContext, LocalProxy(_current_app_ctx))
"""The current application context."""

request_ctx = cast(RequestContext, LocalProxy(_current_request_ctx))
"""The current request context."""

g = cast(_AppCtxGlobals, LocalProxy(innermost, "g", unbound_message=NO_APP))
"""A namespace that lives as long as the current application context: in a view, the request."""

request = cast(Request, LocalProxy(innermost, "request", unbound_message=NO_REQUEST))
"""The request that is being answered."""

session = cast(SessionMixin, LocalProxy(innermost, "session", unbound_message=NO_REQUEST))
"""What is remembered about the browser that sent the request."""


def has_request_context() -> bool:
    """Say whether a request is being answered by the code that asks."""
    return _request_ctx_or_none() is not None


def has_app_context() -> bool:
    """Say whether there is a current app."""
    return application_or_none() is not None


class _View:
    """One of the two contexts, with the interface of a context variable, for extensions."""

    def __init__(self, name: str, get: Callable[[], Any]) -> None:
        self.name = name
        self._get = get

    def get(self, default: Any = _unset) -> Any:
        """Return the context, or the default.

        Raises:
            LookupError: There is neither.
        """
        context = self._get()
        if context is not None:
            return context
        if default is _unset:
            raise LookupError(self)
        return default

    def set(self, context: AppContext | RequestContext) -> Token[Standpoint]:
        """Make a context visible, without what pushing it does besides."""
        app_ctx, request_ctx = _visible()
        if isinstance(context, AppContext):
            return innermost.set(_Frame(context, request_ctx))
        return innermost.set(_Frame(app_ctx, context))

    def reset(self, token: Token[Standpoint]) -> None:
        """Undo :meth:`set`."""
        innermost.reset(token)


_cv_app = _View("app_ctx", _app_ctx_or_none)
_cv_request = _View("request_ctx", _request_ctx_or_none)


def after_this_request(f: F) -> F:
    """Call a function with the response of the request that is being answered.

    Args:
        f: Takes the response object and returns it, or another.

    Raises:
        RuntimeError: No request is being answered.
    """
    context = _request_ctx_or_none()
    if context is None:
        raise RuntimeError(
            "'after_this_request' can only be used when a request context is active, such as in"
            " a view function."
        )
    context._after_request_functions.append(f)
    return f


def copy_current_request_context(f: F) -> F:
    """Return a function that runs with the current request, wherever it is called.

    Meant for functions that another thread or greenlet calls. Request and session are shared
    with the request as it is now; ``g`` is not.

    Raises:
        RuntimeError: No request is being answered.
    """
    original = _request_ctx_or_none()
    if original is None:
        raise RuntimeError(
            "'copy_current_request_context' can only be used when a request context is active,"
            " such as in a view function."
        )
    context = original.copy()

    def call_in_context(*args: Any, **kwargs: Any) -> Any:
        with context:
            return context.app.ensure_sync(f)(*args, **kwargs)

    return cast(F, update_wrapper(call_in_context, f))

"""The request context: the request, and what belongs to it.

Everything in it is made when it is first asked for: the request object, the session, the URL
adapter, the application context with its ``g``.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Token
from typing import Any, Self, cast

from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, Rule
from werkzeug.wrappers import Request as RequestBase

from samovar.ambient import Standpoint, innermost
from samovar.app_context import AppContext, Owner
from samovar.awaiting import Steps
from samovar.exchange import Exchange
from samovar.frames import Frame, Push, Pushable, reset, visible
from samovar.request import Request, scopes_of
from samovar.sessions import SessionMixin
from samovar.signals import appcontext_pushed
from samovar.typing import AfterRequestCallable, WSGIEnvironment

_close = RequestBase.close


class RequestContext(Pushable):
    """Says which request is current, and carries what belongs to it.

    Made by ``app.request_context(environ)`` and ``app.test_request_context(...)``, or for an
    exchange by :meth:`for_exchange`. It takes any attribute that an extension sets.

    Attributes:
        app: The app.
        alone: Whether the first push is to take no notice of contexts that are current.
        exchange: What the server handed over, or None where it was made from an environ.
        request: The request.
        url_adapter: Matches and builds URLs for the request, or None where the request cannot
            be bound to the URL map.
        app_ctx: The application context that goes with it.
        flashes: The messages that were flashed before this request, once somebody asked.
        error: The error that ended the request, for the teardown functions.
        made: The names of what was made at first ask, or put there by the program.
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
        "alone",
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

    app: Owner
    alone: bool
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
    _pushed: list[Push]

    def __init__(
        self,
        app: Owner,
        environ: WSGIEnvironment,
        request: Request | None = None,
        session: SessionMixin | None = None,
    ) -> None:
        self.app = app
        self.alone = False
        self.exchange = None
        self.made = ()
        self.url_rule = None
        if request is None:
            request = cast(Request, app.request_class(environ))
            request.json_module = app.json
        self.request = request
        self._session = session
        self.session_waits = False
        self._pushed = []

    @classmethod
    def for_exchange(
        cls,
        app: Owner,
        exchange: Exchange,
        rule: Rule | None = None,
        arguments: dict[str, Any] | None = None,
    ) -> Self:
        """Return the context of a request that a server hands over.

        Args:
            app: The app.
            exchange: What the server hands over.
            rule: The rule that it matches, or None to have it matched by the first push.
            arguments: What the rule's variables match.
        """
        context = cls.__new__(cls)
        context.app = app
        context.alone = True
        context.exchange = exchange
        context.made = ()
        context.url_rule = rule
        context.view_args = arguments
        context._pushed = []
        if app._session_opens_late:
            context.session_waits = True
        else:
            context.session_waits = False
            context._session = None
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
        self.made += ("_session",)

    def copy(self) -> Self:
        """Return a context of the same request and session, to be pushed elsewhere.

        The request object is shared: use it from one thread at a time.
        """
        return type(self)(
            self.app, environ=self.request.environ, request=self.request, session=self._session
        )

    def match_request(self) -> None:
        """Find the rule that the request matches; a subclass may do it otherwise."""
        self.app._match(self)

    @property
    def untouched_rule(self) -> Rule | None:
        """The rule that the handler matched, as long as the request object is not even made.

        From then on the request says what it matches, for programs may change it there.
        """
        return None if "request" in self.made else self.url_rule

    @property
    def scopes(self) -> tuple[str | None, ...]:
        """Whose hooks are for this request: its blueprints, innermost first, and the app (None)."""
        rule = self.untouched_rule
        if rule is None:
            return (*self.request.blueprints, None)
        return scopes_of(rule.endpoint)

    def push(self) -> None:
        """Make this the current request context: open the session and match the URL."""
        if self.alone:
            # What the program left in the thread that serves is no part of the request.
            outer = outer_request = None
            owns_app, self.alone = True, False
        else:
            outer, outer_request = visible()
            owns_app = False
            if outer is not None and outer.app is self.app:
                self.app_ctx = outer
            else:
                # The application context itself is made when somebody asks for it.
                owns_app = not self._pushed
        token = innermost.set(self)
        self._pushed.append(Push(self, token, outer, outer_request, owns_app))
        if owns_app and appcontext_pushed.receivers:
            appcontext_pushed.send(self.app, _async_wrapper=self.app.ensure_sync)
        if not self.session_waits and self._session is None:
            if self.app._session_opens_late:
                self.session_waits = True
                del self._session
            else:
                self._session = _open_session(self)
        if self.untouched_rule is None:
            # After the session, which custom converters may look at.
            self.match_request()

    def keep_push(self, token: Token[Standpoint]) -> None:
        """Note that the variable was set to this context with nothing visible before.

        PERF: the handler sets the variable by itself, and calls this only where the request
        turns out to need more than a reset.
        """
        push = Push(self, token, owns_app=True)
        if "_pushed" in self.made:
            self._pushed[0] = push
        else:
            self._pushed = [push]

    def leave_thread(self) -> None:
        """Leave the variable as it was before the first push; another thread takes over."""
        innermost.reset(self._pushed[0].token)

    def pop_steps(self, exc: BaseException | None) -> Steps[None]:
        """Do what :meth:`pop` does, in steps."""
        last = len(self._pushed) == 1
        try:
            if last:
                steps = self.app._teardown_request_steps(exc)
                if steps is not None:
                    yield from steps
                self._close_request()
        finally:
            here = innermost.get(None)
            current = None if here is None else here.request_ctx
            push = self._pushed.pop()
            if not reset(push):
                app_ctx = push.app_ctx if push.owns_app else visible()[0]
                innermost.set(Frame(app_ctx, push.request_ctx))
            if last and self.untouched_rule is None:
                self.let_go()
            if push.owns_app and (self.app._tears_down_apps or "app_ctx" in self.made):
                yield from self._release_app_steps(exc, push.request_ctx)
            if current is not self:
                raise AssertionError(
                    f"Popped wrong request context. ({current!r} instead of {self!r})"
                )

    def _close_request(self) -> None:
        """Close what the request holds open: uploaded files."""
        if self.untouched_rule is None:
            request = self.request
            close = getattr(request, "close", None)
            if close is not None and (
                # PERF: 1 us; there is nothing to close where nobody asked for files.
                "files" in request.__dict__ or getattr(close, "__func__", None) is not _close
            ):
                close()

    def let_go(self) -> None:
        """Take the request out of its own environ, so that both are freed without the collector."""
        environ = self.request.__dict__.get("environ")
        if environ is not None:
            environ["werkzeug.request"] = None

    def _release_app_steps(
        self, exc: BaseException | None, request_ctx: RequestContext | None
    ) -> Steps[None]:
        """End the application context; where nobody asked for it, it is made to be torn down."""
        yield from self.app_ctx.release_steps(exc, request_ctx)
        # Pushed again, the request gets a new one.
        del self.app_ctx

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.request.url!r} [{self.request.method}]"
            f" of {self.app.name}>"
        )


def _make_request(context: RequestContext) -> Request:
    exchange = context.exchange
    if exchange is None:
        raise AttributeError("request")
    request = context.app._make_request(exchange)
    request.url_rule = context.url_rule
    if context.url_rule is not None:
        request.view_args = context.view_args or {}
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


def _pushed_by_handler(context: RequestContext) -> list[Push]:
    """Return the pushes of a context that the handler put into the variable by itself.

    The first one stands for the handler's, until it says more with ``keep_push``.
    """
    return [Push(context, cast("Token[Standpoint]", None), owns_app=True)]


_MAKERS: dict[str, Callable[[RequestContext], Any]] = {
    "_after_request_functions": _new_list,
    "_pushed": _pushed_by_handler,
    "_session": _open_session,
    "alone": _nothing,
    "app_ctx": _make_app_ctx,
    "error": _nothing,
    "flashes": _nothing,
    "request": _make_request,
    "url_adapter": _bind_url_map,
}

"""Contexts: what ``request``, ``session``, ``g`` and ``current_app`` stand for right now.

An :class:`AppContext` says which app is current and carries ``g``; a :class:`RequestContext` says
which request is. A pushed request context makes an application context of its app current as
well, unless one is current already.

One context variable (:data:`samovar.ambient.innermost`) holds the innermost of them. Here are the
names that programs reach them by.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Token
from functools import update_wrapper
from typing import Any, TypeVar, cast

from werkzeug.local import LocalProxy

from samovar.ambient import NO_APP, NO_REQUEST, Standpoint, application_or_none, innermost
from samovar.ambient import current_application as current_application
from samovar.app_context import AppContext as AppContext
from samovar.app_context import _AppCtxGlobals as _AppCtxGlobals
from samovar.frames import Frame, unset, visible
from samovar.request import Request
from samovar.request_context import RequestContext as RequestContext
from samovar.sessions import SessionMixin

F = TypeVar("F", bound=Callable[..., Any])


def _app_ctx_or_none() -> AppContext | None:
    context: AppContext | None = visible()[0]
    return context


def _request_ctx_or_none() -> RequestContext | None:
    here = innermost.get(None)
    context: RequestContext | None = None if here is None else here.request_ctx
    return context


def _current_app_ctx() -> AppContext:
    context = _app_ctx_or_none()
    if context is None:
        raise RuntimeError(NO_APP)
    return context


def _current_request_ctx() -> RequestContext:
    here = innermost.get(None)
    context: RequestContext | None = None if here is None else here.request_ctx
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

    def get(self, default: Any = unset) -> Any:
        """Return the context, or the default.

        Raises:
            LookupError: There is neither.
        """
        context = self._get()
        if context is not None:
            return context
        if default is unset:
            raise LookupError(self)
        return default

    def set(self, context: AppContext | RequestContext) -> Token[Standpoint]:
        """Make a context visible, without what pushing it does besides."""
        app_ctx, request_ctx = visible()
        if isinstance(context, AppContext):
            return innermost.set(Frame(context, request_ctx))
        return innermost.set(Frame(app_ctx, context))

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

"""What contexts put into the context variable, and how they take it out again.

:data:`samovar.ambient.innermost` holds a request context itself, or a :class:`Frame` where an
application context was pushed. Each knows both contexts that are visible from it.
"""

from __future__ import annotations

import sys
from contextvars import Token
from types import TracebackType
from typing import Any, NamedTuple, Self

from samovar.ambient import NO_APP, NO_REQUEST, Standpoint, innermost
from samovar.awaiting import Steps, run_steps
from samovar.typing import Application

unset: Any = object()
"""Stands for an argument that was not given where None is a value."""


class Frame:
    """What is visible where an application context was pushed, or where nothing is left.

    The properties that the proxies read raise RuntimeError where there is nothing.

    Args:
        app_ctx: The application context, or None.
        request_ctx: The request context, or None.
    """

    __slots__ = ("app_ctx", "request_ctx")

    def __init__(self, app_ctx: Any, request_ctx: Any) -> None:
        self.app_ctx = app_ctx
        self.request_ctx = request_ctx

    @property
    def app(self) -> Application:
        """The current app."""
        if self.app_ctx is None:
            raise RuntimeError(NO_APP)
        app: Application = self.app_ctx.app
        return app

    @property
    def g(self) -> Any:
        """The namespace behind ``g``."""
        if self.app_ctx is None:
            raise RuntimeError(NO_APP)
        return self.app_ctx.g

    @property
    def request(self) -> Any:
        """The current request."""
        if self.request_ctx is None:
            raise RuntimeError(NO_REQUEST)
        return self.request_ctx.request

    @property
    def session(self) -> Any:
        """Its session."""
        if self.request_ctx is None:
            raise RuntimeError(NO_REQUEST)
        return self.request_ctx.session


class Pushable:
    """What both kinds of context have: each push is undone by a pop."""

    __slots__ = ()

    def push(self) -> None:
        """Make this the current context of its kind."""
        raise NotImplementedError

    def pop_steps(self, exc: BaseException | None) -> Steps[None]:
        """Do what :meth:`pop` does, in steps."""
        raise NotImplementedError

    def pop(self, exc: BaseException | None = unset) -> None:
        """Undo one push; the last one calls the teardown functions.

        Args:
            exc: The error that ends the context; by default the one being handled.

        Raises:
            AssertionError: Another context of the kind was pushed since and is not popped.
        """
        if exc is unset:
            exc = sys.exc_info()[1]
        run_steps(self.pop_steps(exc))

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


class Push(NamedTuple):
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
    app_ctx: Any = None
    request_ctx: Any = None
    owns_app: bool = False


def visible() -> tuple[Any, Any]:
    """Return the contexts that are visible here."""
    here = innermost.get(None)
    return (None, None) if here is None else (here.app_ctx, here.request_ctx)


def show(app_ctx: Any, request_ctx: Any) -> Push:
    """Make these two visible, and return the way back."""
    frame = Frame(app_ctx, request_ctx)
    return Push(frame, innermost.set(frame))


def reset(push: Push) -> bool:
    """Undo a push if it is the innermost one, which it normally is."""
    if innermost.get(None) is not push.standpoint:
        return False
    try:
        innermost.reset(push.token)
    except (ValueError, RuntimeError):
        # Another task or thread pushed it, and this one has taken its variables over.
        return False
    return True

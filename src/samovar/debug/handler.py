"""Shows errors in the browser: the traceback, with a console in each frame.

The page is Werkzeug's. Its :class:`~werkzeug.debug.DebuggedApplication` is a WSGI middleware; here
it wraps an application that does nothing but raise the error at hand.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Iterable
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from werkzeug.debug import DebuggedApplication

from samovar.context import RequestContext
from samovar.exchange import Answer, BodyPolicy, Exchange, Handler, Reply
from samovar.loading import is_users_file
from samovar.server.takeover import RawSocket
from samovar.server.wsgi import WSGIHandler

ERROR_KEY = "samovar.debug.error"
"""Where the environ carries the error to the application that raises it again."""

MAX_FRAMES = 1000
"""How many frames are kept for consoles, so that an error in every request does not fill the
memory with what the frames hold; that is some ten to fifty errors, more than a person looks at."""


log = logging.getLogger("samovar.debug")


class DebugHandler:
    """A handler that answers with a page about the error where another handler raises.

    Args:
        handler: The handler to watch over.
        evalex: Whether the page can run code, for whoever knows the PIN.
    """

    def __init__(self, handler: Handler, *, evalex: bool = True) -> None:
        self._handler = handler
        # The PIN is shown by the banner.
        self._page = DebuggedApplication(_raise_again, evalex=evalex, pin_logging=False)
        self._bridge = WSGIHandler(self._page)

    @property
    def pin(self) -> str | None:
        """The PIN that unlocks the consoles, or None where none is needed."""
        return self._page.pin

    @property
    def kept_frames(self) -> int:
        """How many frames are kept for consoles."""
        return len(self._page.frames)

    def handle(self, exchange: Exchange) -> Answer:
        """Answer as the other handler does, or with the page about its error."""
        if b"__debugger__=yes" in exchange.target:
            return self._bridge.handle(exchange)
        try:
            answer = self._handler.handle(exchange)
        except Exception as error:
            if _has_ended(exchange, error):
                raise
            return self._show(exchange, error)
        if isinstance(answer, Reply):
            return answer
        return self._watch_over(exchange, answer)

    def body_policy(self, exchange: Exchange) -> BodyPolicy:
        """Ask the other handler."""
        return self._handler.body_policy(exchange)

    def caught_blocking(self, exchange: Exchange) -> None:
        """Tell the other handler."""
        self._handler.caught_blocking(exchange)

    async def _watch_over(self, exchange: Exchange, answer: Awaitable[Reply]) -> Reply:
        try:
            return await answer
        except Exception as error:
            return self._show(exchange, error)

    def _show(self, exchange: Exchange, error: Exception) -> Reply:
        # The page's own log line would be lost: it comes after the last byte that is sent.
        target = exchange.target.decode("latin-1")
        frames = _from_program_on(error.__traceback__)
        log.error(
            "Exception on %r [%s]", target, exchange.method, exc_info=(type(error), error, frames)
        )
        exchange.environ()[ERROR_KEY] = error
        reply = self._bridge.handle(exchange)
        self._forget_old_frames()
        return reply

    def _forget_old_frames(self) -> None:
        frames, contexts = self._page.frames, self._page.frame_contexts
        for frame_id in list(frames)[: max(0, len(frames) - MAX_FRAMES)]:
            frames.pop(frame_id, None)
            contexts.pop(frame_id, None)


def _has_ended(exchange: Exchange, error: Exception) -> bool:
    """Say whether a view only tells that a connection which it took over has ended."""
    if not isinstance(error, ConnectionError):
        return False
    raw = exchange.environ().get("werkzeug.socket")
    return isinstance(raw, RawSocket) and raw.is_taken


def _raise_again(environ: dict[str, Any], start_response: object) -> Iterable[bytes]:
    """Raise the error that the environ carries, as the WSGI application that failed."""
    __traceback_hide__ = True  # noqa: F841 - Werkzeug leaves out frames that have this variable
    error: Exception = environ[ERROR_KEY]
    preserve = environ.get("werkzeug.debug.preserve_context")
    context = _request_context(error.__traceback__)
    if preserve is not None and context is not None:
        preserve(context)
    raise error


def _from_program_on(frames: TracebackType | None) -> TracebackType | None:
    """Return the traceback from the first line of the user's own program on."""
    first = frames
    while first is not None and not is_users_file(first.tb_frame.f_code.co_filename):
        first = first.tb_next
    return first or frames


def _request_context(frames: TracebackType | None) -> AbstractContextManager[Any] | None:
    """Return the request context in which an error came about, so that consoles know it."""
    for frame, _ in traceback.walk_tb(frames):
        for value in frame.f_locals.values():
            if isinstance(value, RequestContext):
                return value
    return None

"""The WSGI bridge: serves any WSGI application (PEP 3333) through the waist.

The application is called in the thread that leads the loop, with an environ made from the
exchange; what it gives back becomes a :class:`~samovar.exchange.Reply`. Its iterable is asked
for no more than the first piece with something in it, since until then the application may
still change status and header; the server asks for the rest while it sends.

Call, iteration and ``close()`` of one request share a context of their own (PEP 567): what an
application sets in one of them it finds, and can take back, in the others, whichever thread
comes to do it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import Context, copy_context
from time import perf_counter
from typing import Any

from samovar.exchange import BodyPolicy, Exchange, FileSegment, Reply, ReplyBody
from samovar.server.file_wrapper import FileWrapper
from samovar.server.run_times import RunTimes
from samovar.server.start_response import StartResponse

WSGICallable = Callable[[dict[str, Any], Any], Iterable[bytes]]

_COLLECTED = BodyPolicy()


class WSGIHandler:
    """A handler that passes each request to a WSGI application.

    Args:
        app: The application.
        multithread: Whether the server may call it from several threads at a time.
        multiprocess: Whether other processes serve it as well.
    """

    def __init__(
        self, app: WSGICallable, *, multithread: bool = True, multiprocess: bool = False
    ) -> None:
        self._app = app
        self._multithread = multithread
        self._multiprocess = multiprocess
        self._run_times = RunTimes()

    def handle(self, exchange: Exchange) -> Reply:
        """Call the application, up to the first piece of its body.

        Raises:
            TypeError: If it returned or yielded what cannot be a body.
            RuntimeError: If it did not call ``start_response`` in time.
            Exception: Whatever the application raises.
        """
        run_times = self._run_times
        if run_times.expect_blocking(exchange):
            exchange.about_to_block()
        started = perf_counter()
        try:
            environ = exchange.environ()
            environ["wsgi.multithread"] = self._multithread
            environ["wsgi.multiprocess"] = self._multiprocess
            return self._call(environ)
        finally:
            run_times.record(exchange, perf_counter() - started)

    def _call(self, environ: dict[str, Any]) -> Reply:
        start = StartResponse()
        context = copy_context()
        try:
            return context.run(self._converse, environ, start, context)
        except BaseException:
            if start.written is not None:
                start.written.close()
            raise

    def _converse(self, environ: dict[str, Any], start: StartResponse, context: Context) -> Reply:
        """Call the application and have its first piece, in the context of this request."""
        result = self._app(environ, start)
        # PERF: the common list of one piece needs no iterator, saves 1 us.
        if type(result) is list and len(result) == 1 and start.status and start.written is None:
            piece = result[0]
            if type(piece) is bytes and (start.length is None or len(piece) <= start.length):
                start.sent = True
                return Reply(start.status, start.fields, piece, start.reason)
        return _reply(WSGIBody(result, start, context), start, environ["REQUEST_METHOD"])

    def body_policy(self, exchange: Exchange) -> BodyPolicy:
        """Have the body collected before the call: what reads it then never waits."""
        return _COLLECTED

    def caught_blocking(self, exchange: Exchange) -> None:
        """Remember that requests of this kind block."""
        self._run_times.mark(exchange)


class WSGIBody:
    """The iterable that an application returned, from its first piece on.

    Never gives more bytes than the application announced, and no empty pieces. The server
    closes it, whether or not it came to its end.

    Args:
        iterable: What the application returned.
        start: What it said to ``start_response``.
        context: The context of the request. The application is called in it already when
            :meth:`open` and :meth:`give_up` are called, and nobody is in it otherwise.
    """

    __slots__ = ("_context", "_first", "_iterable", "_iterator", "_left", "_start")

    def __init__(self, iterable: Iterable[bytes], start: StartResponse, context: Context) -> None:
        self._context = context
        self._iterable: Iterable[bytes] | None = iterable
        self._iterator: Iterator[bytes] = iter(())
        self._first = b""
        self._left: int | None = None
        self._start = start

    def open(self) -> bytes:
        """Ask for the first piece, which makes status and header final.

        Returns:
            The first piece (the iteration gives it again), or ``b""`` where there is none.

        Raises:
            TypeError: If the application returned or yielded what cannot be a body.
            RuntimeError: If it still has not called ``start_response``.
        """
        start = self._start
        self._iterator = _iterator(self._iterable)
        first = self._pull()
        if not start.status:
            raise RuntimeError(
                "The application gave its body without calling start_response(status, headers)."
            )
        start.sent = True
        if start.length is not None:
            self._left = start.length - start.written_bytes
            first = first[: self._left]
        self._first = first
        return first

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = self._first
        if piece:
            self._first = b""
        elif self._left == 0:
            # PEP 3333: stop iterating when all that Content-Length allows has been sent.
            raise StopIteration
        else:
            piece = self._context.run(self._pull)
        if self._left is not None:
            piece = piece[: self._left]
            self._left -= len(piece)
        if not piece:
            raise StopIteration
        return piece

    def segment(self) -> FileSegment | None:
        """Return the file that the application returned, where it can be sent as one."""
        start, result = self._start, self._iterable
        if type(result) is FileWrapper and start.status and start.written is None:
            return result.segment(start.length)
        return None

    def close(self) -> None:
        """Call the ``close()`` of what the application returned, once."""
        self._context.run(self.give_up)

    def give_up(self) -> None:
        """Do what :meth:`close` does where the context is entered already."""
        iterable, self._iterable = self._iterable, None
        close = getattr(iterable, "close", None)
        if close is not None:
            close()

    def _pull(self) -> bytes:
        """Return the next piece with something in it, or ``b""`` at the end."""
        for piece in self._iterator:
            if not isinstance(piece, bytes):
                raise TypeError(
                    f"The application's body has a piece of type {type(piece).__name__}: "
                    f"{piece!r:.80}. It must give bytes: encode text, and return bytes in a list."
                )
            if piece:
                return piece
        return b""


class WrittenBody:
    """What an application handed to ``write()``, followed by what it returned."""

    __slots__ = ("_rest", "_written")

    def __init__(self, written: FileWrapper, rest: WSGIBody) -> None:
        self._written = written
        self._rest = rest

    def __iter__(self) -> Iterator[bytes]:
        yield from self._written
        yield from self._rest

    def close(self) -> None:
        """Close both; the temporary file is gone then."""
        try:
            self._rest.close()
        finally:
            self._written.close()


def _reply(body: WSGIBody, start: StartResponse, method: str) -> Reply:
    """Turn what the application returned into a reply."""
    try:
        segment = body.segment()
        if segment is not None:
            start.sent = True
            return Reply(start.status, start.fields, segment, start.reason)
        first = body.open()
    except BaseException:
        body.give_up()
        raise
    if start.written is not None:
        start.written.seek(0)
        both: ReplyBody = WrittenBody(FileWrapper(start.written), body)
        return Reply(start.status, start.fields, both, start.reason)
    # Where nothing more will be sent, the server need not treat it as a stream. An empty body
    # for a HEAD is no such case: it does not tell the length that a GET would have had.
    if (not first and method != "HEAD") or start.length == len(first):
        return Reply(start.status, start.fields, first, start.reason, body.close)
    return Reply(start.status, start.fields, body, start.reason)


def _iterator(result: Any) -> Iterator[bytes]:
    """Return the iterator of what the application returned."""
    try:
        if not isinstance(result, (bytes, str)):
            return iter(result)
        error = None
    except TypeError as caught:
        error = caught
    raise TypeError(
        f"The application returned {type(result).__name__}: {result!r:.80}. PEP 3333 wants an "
        "iterable of bytes: return [body]."
    ) from error

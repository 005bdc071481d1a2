"""The waist: the only contract between the server and the framework.

The server makes an :class:`Exchange` of each request and hands it to a :class:`Handler`; the
handler answers with a :class:`Reply`, or with an awaitable of one. Both halves import this
module and neither imports the other.

Representation: what came from the network is bytes (the request target, field names and field
values), as it came; what an application writes (reply field names and values) is text.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
from typing import Any, BinaryIO, NamedTuple, Protocol

RequestFields = list[tuple[bytes, bytes]]
"""Field lines of a request: (name, value) pairs, names lower-case, order and repeats kept."""

ReplyFields = Sequence[tuple[str, str]]
"""Field lines of a reply: (name, value) pairs. A tuple may be encoded once and remembered by
the server; a list is encoded for each reply."""


class FileSegment(NamedTuple):
    """A stretch of an open file, sent without passing through Python where the system can.

    The server owns ``file`` from the moment it gets the reply and closes it.

    Attributes:
        file: An open binary file with a file descriptor.
        offset: Where the segment starts, in bytes from the start of the file.
        length: How many bytes to send.
    """

    file: BinaryIO
    offset: int
    length: int


ReplyBody = bytes | Iterable[bytes] | AsyncIterable[bytes] | FileSegment


class BodyPolicy(NamedTuple):
    """What a handler says about a request body before any of it is read.

    Attributes:
        limit: The most bytes the body may have, or None for no limit beyond the server's own.
        stream: Whether the view reads the raw body itself while it arrives. Otherwise the
            server collects the whole body before it calls :meth:`Handler.handle`.
    """

    limit: int | None = None
    stream: bool = False


class Exchange:
    """One request, and the handler's line back to the server that carries it.

    The server subclasses it. Nothing is computed before somebody asks for it.

    Attributes:
        method: The request method, for instance ``"GET"``.
        target: The request target as it came, for instance ``b"/user/7?x=1"``.
        fields: The field lines of the request head.
        http_version: ``"1.1"`` or ``"1.0"``.
        scheme: ``"http"`` or ``"https"``.
        peer: The client's address as the socket gives it: (host, port, ...), or ``""`` on a
            Unix socket. Where a trusted proxy names the client, its host alone.
        root_path: The path below which the client sees the application, as a trusted proxy names
            it, without a slash at its end; usually ``""``.
        note: A place for the handler to keep what it learnt about this request (the matched
            route), from :meth:`Handler.body_policy` to :meth:`Handler.handle`. The server
            leaves it alone.
    """

    method: str
    target: bytes
    fields: RequestFields
    http_version: str
    scheme: str
    peer: tuple[Any, ...] | str
    root_path: str = ""
    note: Any = None

    @property
    def body(self) -> BinaryIO:
        """The message body as a readable binary file, at its end where there is none.

        A collected body can be sought in. A streamed one blocks while it waits for the client
        and raises :class:`BodyError` where the rest will not come.
        """
        raise NotImplementedError

    @property
    def content_length(self) -> int | None:
        """The body's length in bytes: 0 without a body, None while it is not known."""
        raise NotImplementedError

    def environ(self) -> dict[str, Any]:
        """Return the WSGI environ of this request, made at the first call (PEP 3333)."""
        raise NotImplementedError

    def about_to_block(self) -> None:
        """Tell the server that what follows is known to block.

        The server lets another thread carry on with the other connections. Calling it when
        nothing blocks, or twice, is harmless.
        """
        raise NotImplementedError


class BodyError(OSError):
    """A request body that cannot be read to its end.

    Attributes:
        status: The status code that says why: 400 where the client went away or broke the
            framing, 408 where it was too slow, 413 where the body is over its limit.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Reply:
    """An answer: status, field lines and body.

    The server adds ``Content-Length`` or ``Transfer-Encoding`` as the body demands, and
    ``Date`` where it is missing. A body that has a ``close()`` (or ``aclose()``) is closed by
    the server, whether or not all of it was sent.

    Args:
        status: The status code.
        fields: The field lines.
        body: Bytes are sent in one piece; an iterable is sent as it comes, chunked where
            no Content-Length is among the fields; a :class:`FileSegment` is sent from the file.
        reason: The reason phrase, or None for the standard one.
        on_close: Called once when the reply has been sent or given up.
    """

    __slots__ = ("body", "fields", "on_close", "reason", "status")

    def __init__(
        self,
        status: int,
        fields: ReplyFields = (),
        body: ReplyBody = b"",
        reason: str | None = None,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        self.status = status
        self.fields = fields
        self.body = body
        self.reason = reason
        self.on_close = on_close


Answer = Reply | Awaitable[Reply]


class Handler(Protocol):
    """What the server calls: an application, seen from below."""

    def handle(self, exchange: Exchange) -> Answer:
        """Answer a request.

        Returns:
            A reply, or an awaitable of one, which the server awaits on its asyncio loop.

        Raises:
            Exception: Anything that escapes is logged by the server as the application's
                fault and answered with 500.
        """
        ...

    def body_policy(self, exchange: Exchange) -> BodyPolicy:
        """Say how much body this request may carry; asked only where a body is announced."""
        ...

    def caught_blocking(self, exchange: Exchange) -> None:
        """Learn that :meth:`handle` held up the other connections with this request.

        Called from another thread while :meth:`handle` still runs, so that the next request of
        the kind can say :meth:`Exchange.about_to_block`.
        """
        ...

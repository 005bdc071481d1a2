"""Replies on their way out: what to write for one, in one piece or as a source of pieces."""

from __future__ import annotations

import contextvars
import os
from collections.abc import AsyncIterable, Iterable, Iterator
from typing import Any, BinaryIO

from samovar.exchange import FileSegment, Reply
from samovar.server.connection import Connection
from samovar.server.heads import NO_BODY, Head, encode_head
from samovar.server.http1 import HTTPExchange

SMALL_FILE = 16_384
"""Bytes up to which a file is read and sent together with the head: one copy of so little costs
less than a system call of its own."""

SENDFILE_PIECE = 1 << 20
"""Bytes handed to one sendfile call, so that one fast client cannot keep the loop for itself."""

LARGE_BODY = 65_536
"""Bytes from which a body is not copied behind its head: copying it costs more than the system
call saved."""

LAST_CHUNK = b"0\r\n\r\n"


class ApplicationError(Exception):
    """The application broke a rule while its reply was under way; its cause says which."""


class Framing:
    """How the end of a body is told to the client (RFC 9112, section 6).

    Args:
        head: The encoded head.
        exchange: The request.
        status: The status code of the reply.
        length: The body's length in bytes where it is known.

    Attributes:
        length: Of the body, in bytes, or None.
        chunked: Whether the body is sent in chunks.
        no_body: Whether none is sent, whatever the application gave.
        last: Whether the connection closes after the reply.
    """

    __slots__ = ("chunked", "last", "length", "no_body")

    def __init__(self, head: Head, exchange: HTTPExchange, status: int, length: int | None) -> None:
        self.no_body = exchange.method == "HEAD" or status in NO_BODY
        self.length = head.content_length if length is None else length
        if self.no_body and status != 205 and (head.content_length is not None or status == 304):
            # What a GET would have had. Of a 304 only the application knows it, and a 0 would be
            # a lie that some caches believe (RFC 9110, section 8.6).
            self.length = head.content_length
        elif status == 205:
            self.length = 0  # clients read it like a 200: without a length, to the end
        self.last = head.close or not exchange.keep_alive or not exchange.complete
        self.chunked = self.length is None and not self.no_body and exchange.http_version == "1.1"
        if self.length is None and not self.no_body and not self.chunked:
            self.last = True  # the end of the connection is the end of the body

    def encode(self, head: Head, exchange: HTTPExchange, status: int, date: bytes) -> bytes:
        """Return the whole head."""
        block = head.block
        if not head.has_date:
            block += date
        if self.length is not None and status != 204:
            block += b"Content-Length: %d\r\n" % self.length
        elif self.chunked:
            block += b"Transfer-Encoding: chunked\r\n"
        if self.last:
            block += b"Connection: close\r\n"
        elif exchange.http_version == "1.0":
            block += b"Connection: keep-alive\r\n"
        return block + b"\r\n"


def begin_reply(connection: Connection, reply: Reply, stopping: bool, date: bytes) -> None:
    """Put a reply's first bytes into ``connection.unsent`` and the rest into its source.

    Args:
        connection: With the exchange that is answered.
        reply: The answer; not with an asynchronous body.
        stopping: Whether the connection closes after it in any case.
        date: The Date field line.

    Raises:
        ValueError: The reply cannot be sent as it is; the message is for the developer.
        TypeError: Likewise.
    """
    exchange = connection.exchange
    assert exchange is not None, "a reply answers an exchange"
    body = reply.body
    head = encode_head(reply.status, reply.fields, reply.reason)
    framing = Framing(head, exchange, reply.status, body_length(body))
    framing.last |= stopping
    connection.last = framing.last
    connection.status = reply.status
    connection.on_close = reply.on_close
    start = framing.encode(head, exchange, reply.status, date)
    if isinstance(body, bytes):
        connection.sent = 0 if framing.no_body else len(body)
        if framing.no_body or len(body) > LARGE_BODY:
            connection.unsent = start
        else:
            connection.unsent = start + body
        if connection.sent > LARGE_BODY:
            connection.source = BytesSource(body)
    elif isinstance(body, FileSegment):
        _begin_file(connection, body, start, framing)
    elif isinstance(body, Iterable):
        connection.source = IterableSource(body, start, framing)
        if framing.length is None:
            connection.stream_head = start
    else:
        raise TypeError(
            f"The body of the reply is {type(body).__name__!r}, but it must be bytes, an iterable"
            " of bytes, an async iterable of bytes or a FileSegment."
        )


def body_length(body: Any) -> int | None:
    """Return the length of a body in bytes where it is known beforehand."""
    if isinstance(body, bytes):
        return len(body)
    return body.length if isinstance(body, FileSegment) else None


def _begin_file(
    connection: Connection, segment: FileSegment, start: bytes, framing: Framing
) -> None:
    connection.unsent = start
    if framing.no_body:
        segment.file.close()
    elif segment.length <= SMALL_FILE:
        with segment.file:
            segment.file.seek(segment.offset)
            content = segment.file.read(segment.length)
        if len(content) < segment.length:
            raise ValueError(_file_is_short(segment, len(content)))
        connection.unsent += content
        connection.sent = segment.length
    else:
        connection.source = FileSource(segment)


def _file_is_short(segment: FileSegment, found: int) -> str:
    name = getattr(segment.file, "name", "?")
    return (
        f"The file {name!r} has {found} bytes from offset {segment.offset},"
        f" but {segment.length} were to be sent: it was cut off after its size was taken."
    )


class BytesSource:
    """A body in memory that is too large to be copied behind its head."""

    __slots__ = ("_body",)

    calls_application = False

    def __init__(self, body: bytes) -> None:
        self._body = body

    def advance(self, connection: Connection) -> bool:
        """Hand over the whole body."""
        connection.unsent = self._body
        return False

    def close(self) -> None:
        """Do nothing: there is nothing to give up."""


class FileSource:
    """A file segment, sent by the system from the file to the socket."""

    __slots__ = ("_file", "_left", "_offset", "_segment")

    calls_application = False

    def __init__(self, segment: FileSegment) -> None:
        self._segment = segment
        self._file: BinaryIO = segment.file
        self._offset = segment.offset
        self._left = segment.length

    def advance(self, connection: Connection) -> bool:
        """Send a piece of the file."""
        if not self._left:
            return False
        piece = min(self._left, SENDFILE_PIECE)
        if hasattr(os, "sendfile") and not connection.encrypted:
            count = os.sendfile(connection.descriptor, self._file.fileno(), self._offset, piece)
        else:
            self._file.seek(self._offset)
            count = connection.send(self._file.read(min(piece, SMALL_FILE)))
        if not count:
            raise ApplicationError(
                _file_is_short(self._segment, self._offset - self._segment.offset)
            )
        self._offset += count
        self._left -= count
        connection.sent += count
        return self._left > 0

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class PieceFramer:
    """Frames the pieces of a body whose length may be unknown.

    The head goes out together with the first piece, so that a body which fails before it can
    still be answered with an error.

    Args:
        start: The encoded head.
        framing: How the end of the body is told.

    Attributes:
        start: The head, until it has gone out with the first piece.
        no_body: Whether no piece is to be sent.
    """

    __slots__ = ("_chunked", "_left", "no_body", "start")

    def __init__(self, start: bytes, framing: Framing) -> None:
        self.start = start
        self.no_body = framing.no_body
        self._chunked = framing.chunked
        self._left = framing.length

    def frame(self, connection: Connection, piece: bytes) -> None:
        """Put a piece of the body into ``connection.unsent``.

        Raises:
            ApplicationError: The piece is not bytes.
        """
        if not isinstance(piece, bytes):
            if not isinstance(piece, (bytearray, memoryview)):
                raise ApplicationError(
                    f"The body of the reply gave {piece!r}, but its pieces must be bytes:"
                    " encode text, for instance with .encode()."
                )
            piece = bytes(piece)
        if self._left is not None:
            # More than was announced would be read as the start of the next reply.
            piece = piece[: self._left]
            self._left -= len(piece)
        connection.sent += len(piece)
        if self._chunked and piece:
            piece = b"%x\r\n%b\r\n" % (len(piece), piece)
        connection.unsent = self.start + piece
        self.start = b""

    def finish(self, connection: Connection) -> None:
        """Put the end of the body into ``connection.unsent``.

        Raises:
            ApplicationError: The body was shorter than its Content-Length.
        """
        if self._left and not self.no_body:
            raise ApplicationError(
                f"The body of the reply ended {self._left} bytes before its Content-Length."
            )
        connection.unsent = self.start + (LAST_CHUNK if self._chunked else b"")
        self.start = b""


class IterableSource:
    """A body that the application makes while it is sent.

    It is iterated in a context of its own (PEP 567), since threads may take turns with it.

    Attributes:
        given_up: Set where no more pieces are wanted, by whichever thread.
    """

    __slots__ = ("_body", "_context", "_framer", "_iterator", "given_up")

    calls_application = True

    def __init__(self, body: Iterable[bytes], start: bytes, framing: Framing) -> None:
        self._body = body
        self._context = contextvars.copy_context()
        self._framer = PieceFramer(start, framing)
        self._iterator: Iterator[bytes] | None = None
        self.given_up = False

    def advance(self, connection: Connection) -> bool:
        """Make the next piece."""
        if self.given_up:
            raise ConnectionAbortedError("The server stops, and this body may have no end.")
        if self._framer.no_body:
            self._framer.finish(connection)
            return False
        try:
            piece = self._context.run(self._next)
        except Exception as error:
            raise ApplicationError("The body of the reply failed.") from error
        if piece is None:
            self._framer.finish(connection)
        elif piece:
            self._framer.frame(connection, piece)
        return piece is not None

    def _next(self) -> bytes | None:
        if self._iterator is None:
            self._iterator = iter(self._body)
        return next(self._iterator, None)

    @property
    def begun(self) -> bool:
        """Whether anything has been handed to the connection."""
        return not self._framer.start

    def close(self) -> None:
        """Call the body's ``close()``, as PEP 3333 demands."""
        close = getattr(self._body, "close", None)
        if close is not None:
            self._context.run(close)


def is_async(body: object) -> bool:
    """Whether the body can only be made on an asyncio loop."""
    return isinstance(body, AsyncIterable)


def is_event_stream(head: bytes) -> bool:
    """Whether an encoded head announces server-sent events, whose stream is meant to go on."""
    return b"\r\ncontent-type: text/event-stream" in head.lower()

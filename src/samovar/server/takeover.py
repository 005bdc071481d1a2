"""``environ["werkzeug.socket"]``: a connection that the program takes over.

Extensions which speak WebSocket themselves take the raw socket out of the environ, answer the
upgrade on it, and read and write it for as long as their view runs. A request that offers an
upgrade and has no body carries a :class:`RawSocket` for them. It does nothing until it is used:
a view that leaves it alone answers as any other.

With the first use the connection is the program's: its thread passes the lead on and no longer
counts among the server's, the socket blocks, and the server leaves it alone until the view
returns. What the view returns is dropped, and the connection closes. The server finds out by its
first attempt to write the reply, so other requests pay nothing. A view may also raise
ConnectionError when it is done, as it would for Werkzeug's server.

The WebSocket protocol is the program's business; the access log says 101.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

HARMLESS = frozenset(("family", "getpeername", "getsockname", "getsockopt", "proto", "type"))
"""What may be asked of the socket without taking it."""


class RawSocket:
    """A connection's socket, which is the program's from its first use on.

    It belongs to the thread that runs the view, and threads of its making, until the view
    returns. Closing it tells the client; the descriptor itself is the server's to close.

    Args:
        sock: The socket.
        early: What the client sent right behind the request; it is received first.
        take: Called before the first use; it makes the socket the program's.
    """

    def __init__(self, sock: socket.socket, early: bytes, take: Callable[[], None]) -> None:
        self._sock = sock
        self._early = early
        self._take: Callable[[], None] | None = take

    def __getattr__(self, name: str) -> Any:
        if name not in HARMLESS:
            self._own()
        return getattr(self._sock, name)

    @property
    def is_taken(self) -> bool:
        """Whether the program has used the socket."""
        return self._take is None

    def _own(self) -> None:
        take, self._take = self._take, None
        if take is not None:
            take()

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Receive up to ``size`` bytes; ``b""`` means that the client sends no more."""
        self._own()
        early = self._early
        if early:
            if not flags & socket.MSG_PEEK:
                self._early = early[size:]
            return early[:size]
        return self._sock.recv(size, flags)

    def recv_into(self, buffer: Any, size: int = 0, flags: int = 0) -> int:
        """Receive into a buffer, up to its length or ``size`` bytes; return how many."""
        data = self.recv(size or memoryview(buffer).nbytes, flags)
        memoryview(buffer).cast("B")[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """End the connection in both directions; harmless the second time."""
        self._own()
        end(self._sock, socket.SHUT_RDWR)


def end(sock: socket.socket, how: int) -> None:
    """Shut a connection down as far as it is not, which wakes a thread that waits for it."""
    try:
        # Python's TLS sockets would go on in the clear after a shutdown of their own.
        socket.socket.shutdown(sock, how)
    except OSError:
        pass  # the client was faster

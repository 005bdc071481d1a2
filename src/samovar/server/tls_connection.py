"""A connection over TLS, which never blocks.

OpenSSL is asked to go on whenever the socket has something, or has room: the handshake, too,
costs no thread. What it wants in between is turned into the words of plain sockets, so that the
loop need not know.
"""

from __future__ import annotations

import functools
import logging
import socket
import ssl
from typing import Any

from samovar.server.connection import Connection, Host, MakeParser
from samovar.server.http1 import PolicyOf, RequestError

SEND_PIECE = 65_536
"""Bytes encrypted at once. OpenSSL insists on getting the same bytes again after it found no
room, and they are kept for comparison: that bounds the copy."""

log = logging.getLogger("samovar.server")


class TLSConnection(Connection):
    """A connection whose bytes are encrypted.

    The deadline for the first head holds for the handshake too.
    """

    __slots__ = ("_established", "_owed", "_tls", "_wants_room")

    encrypted = True

    def __init__(
        self,
        sock: socket.socket,
        peer: Any,
        host: Host,
        policy_of: PolicyOf,
        make_parser: MakeParser,
        context: ssl.SSLContext,
    ) -> None:
        self._tls = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        super().__init__(self._tls, peer, host, policy_of, make_parser)
        self.scheme = "https"
        self.recv = self._receive
        self.send = self._send
        self._established = False
        self._wants_room = False
        self._owed = b""

    def _receive(self, size: int) -> bytes:
        """Receive up to ``size`` bytes; less only if the socket is empty or at its end.

        OpenSSL gives one record at a time, and the poller reports nothing that is left in it.

        Raises:
            BlockingIOError: There is nothing.
            OSError: The connection is broken.
        """
        if self._wants_room:
            self._watch_room(False)
        pieces: list[bytes] = []
        left = size
        try:
            if not self._established:
                self._shake_hands()
            while left:
                piece = self._tls.recv(left)
                if not piece:
                    self.ended = True
                    break
                pieces.append(piece)
                left -= len(piece)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as wish:
            if isinstance(wish, ssl.SSLWantWriteError):
                self._watch_room(True)
            if not pieces:
                raise BlockingIOError from None
        except OSError:
            if not pieces:
                raise
            self.ended = True  # the next call finds the same
        return b"".join(pieces)

    def _shake_hands(self) -> None:
        """Take the handshake as far as it goes; after this the connection is established."""
        try:
            self._tls.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            if error.reason in ("HTTP_REQUEST", "HTTPS_PROXY_REQUEST"):
                self._turn_plain()
                raise BlockingIOError from None
            reason = error.reason or error
            log.info("%s:%s: the TLS handshake failed: %s", *self.peer[:2], reason)
            raise
        self._established = True

    def _turn_plain(self) -> None:
        """Be plain for as long as it takes to say that this port is not."""
        self.recv = functools.partial(socket.socket.recv, self._tls)
        self.send = functools.partial(socket.socket.send, self._tls)
        self.parser.error = RequestError(
            400, "This is a plain HTTP request to a port that speaks HTTPS: write https://."
        )

    def _watch_room(self, wanted: bool) -> None:
        """Have it reported when OpenSSL can write what it needs to before it reads on."""
        self._wants_room = wanted
        if self.waiting_write != wanted and self.exchange is None:
            self.waiting_write = wanted
            self._host.watch_room(self, wanted)

    def _send(self, data: bytes | memoryview) -> int:
        """Send some of the data, and return how many bytes.

        Raises:
            BlockingIOError: The socket is full; the same data must come again.
            OSError: The connection is broken.
        """
        piece = memoryview(data)[:SEND_PIECE]
        if self._owed and piece[: len(self._owed)] != self._owed:
            # Its record is half sent. What follows would be taken for the rest of it.
            raise ConnectionAbortedError("Other bytes than those that are half sent.")
        try:
            count = self._tls.send(piece)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            self._owed = bytes(piece)
            raise BlockingIOError from None
        self._owed = b""
        return count

    @property
    def has_input(self) -> bool:
        """Whether something of the peer's waits to be read."""
        return (self._established and self._tls.pending() > 0) or super().has_input

    def say_end(self) -> None:
        """Say that no more will be written; what still comes is dropped as it is.

        Raises:
            OSError: The peer is gone.
        """
        self._notify_close()
        self.recv = functools.partial(socket.socket.recv, self._tls)
        super().say_end()

    def shut(self) -> None:
        """Close the socket, with a word to the peer unless a reply was cut off.

        Without the word the peer knows that something is missing (RFC 9112, section 9.8).
        """
        if not (self.doomed or self.lingering or self.taken) and self.exchange is None:
            self._notify_close()
        # Bound methods of its own would keep the connection from being freed at once.
        self.recv = functools.partial(socket.socket.recv, self._tls)
        self.send = functools.partial(socket.socket.send, self._tls)
        super().shut()

    def _notify_close(self) -> None:
        """Send close_notify if there is room, and do not wait for the peer's."""
        if self._established and not self._owed:
            self._established = False
            try:
                self._tls.unwrap()
            except (OSError, ValueError):
                pass  # it waits for the peer's, or the peer is gone

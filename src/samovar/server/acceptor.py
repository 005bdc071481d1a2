"""Accepting connections, and not accepting them while there is no room."""

from __future__ import annotations

import errno
import logging
import socket
from collections.abc import Callable, Sequence
from typing import Any

from samovar.server.poller import Poller

ACCEPT_BATCH = 128
"""Connections accepted before those already open get their turn again."""

OUT_OF_RESOURCES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""Reasons to stop accepting until a connection has been closed or some time has passed."""

log = logging.getLogger("samovar.server")


class Acceptor:
    """Takes connections from listening sockets.

    Args:
        listeners: Listening sockets, made non-blocking here and closed by :meth:`close`.
        poller: Told which of them to watch.
        max_connections: The most open connections.
        adopt: Given each new connection, already non-blocking, and its peer's address; returns
            how many are open now.

    Attributes:
        open: Whether new connections are taken at present.
    """

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        poller: Poller,
        max_connections: int,
        adopt: Callable[[socket.socket, Any], int],
    ) -> None:
        self.open = False
        self._listeners = {listener.fileno(): listener for listener in listeners}
        for listener in listeners:
            listener.setblocking(False)
        self._poller = poller
        self._max_connections = max_connections
        self._adopt = adopt
        self._told = False

    def on_ready(self, descriptor: int) -> None:
        """Accept what waits at a listening socket; other descriptors are ignored."""
        listener = self._listeners.get(descriptor)
        if listener is None or not self.open:
            return
        for _ in range(ACCEPT_BATCH):
            try:
                sock, peer = listener.accept()
            except BlockingIOError:
                self._told = False  # all were let in
                return
            except OSError as error:
                if error.errno in OUT_OF_RESOURCES:
                    self._tell(error)
                    self.pause()
                    return
                continue  # the client has gone again
            sock.setblocking(False)
            if isinstance(peer, tuple):
                # A reply is written whole, so waiting for more to send only delays it.
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._adopt(sock, peer) >= self._max_connections:
                log.warning("All %d connections are taken; new ones wait.", self._max_connections)
                self.pause()
                return

    def _tell(self, error: OSError) -> None:
        """Say once why nobody is let in, and not at each try."""
        if not self._told:
            self._told = True
            log.error(
                "Accepting no connections for now: %s. Trying again as others are closed.",
                error.strerror,
            )

    def pause(self) -> None:
        """Leave new connections in the system's queue."""
        if self.open:
            self.open = False
            for descriptor in self._listeners:
                self._poller.remove(descriptor)

    def resume(self, connections: int) -> None:
        """Take new connections again, if there is room beside ``connections`` open ones."""
        if not self.open and self._listeners and connections < self._max_connections:
            self.open = True
            for descriptor in self._listeners:
                self._poller.add_shared(descriptor)

    def close(self) -> None:
        """Let in who waits already, and close the listening sockets for good.

        The system resets connections that nobody has taken from the queue.
        """
        for descriptor in self._listeners:
            self.on_ready(descriptor)
        self.pause()
        while self._listeners:
            self._listeners.popitem()[1].close()

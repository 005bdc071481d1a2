"""A real server for a test: in threads of this process, on a free port of this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from samovar.exchange import Handler
from samovar.server import Server, Settings
from samovar.server.wsgi import WSGIHandler

PATIENCE = 10.0
"""Seconds a test waits for what must come."""


class Running:
    """A server that is running.

    Attributes:
        port: Where it listens on 127.0.0.1.
        url: The same as a URL without a slash at its end.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self.port: int = server.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}"

    def connect(self) -> socket.socket:
        """Open a connection; the test closes it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def send(self, data: bytes) -> bytes:
        """Send bytes on a new connection and return all that comes back until it is closed."""
        with self.connect() as sock:
            sock.sendall(data)
            return read_to_end(sock)


def read_to_end(sock: socket.socket) -> bytes:
    """Read until the peer closes."""
    received = b""
    while piece := sock.recv(65536):
        received += piece
    return received


def as_handler(application: Any) -> Handler:
    """Return the handler of a Samovar app, of a WSGI callable, or the handler itself."""
    if hasattr(application, "handle") and hasattr(application, "body_policy"):
        return cast(Handler, application)
    if hasattr(application, "url_map"):
        from samovar.handler import AppHandler

        return AppHandler(application)
    return WSGIHandler(cast(Callable[..., Any], application))


@contextmanager
def running(application: Any, **settings: Any) -> Iterator[Running]:
    """Serve an application while the block runs; the server has stopped when it is left.

    Args:
        application: A handler, a Samovar app or a WSGI callable.
        **settings: Fields of Settings.
    """
    chosen = Settings(**{"port": 0, "access_log": "off", "graceful_timeout": PATIENCE, **settings})
    server = Server(as_handler(application), chosen)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield Running(server)
    finally:
        server.stop()
        thread.join(PATIENCE * 2)
        assert not thread.is_alive(), "the server did not stop"

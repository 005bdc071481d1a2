"""What becomes of a socket that was accepted: which kind of connection it is served as."""

from __future__ import annotations

import socket
from typing import Any

from samovar.server.connection import Connection, Host
from samovar.server.http1 import PolicyOf
from samovar.server.settings import Settings
from samovar.server.tls import TLS
from samovar.server.tls_connection import TLSConnection


class Newcomers:
    """Makes connections of accepted sockets.

    What a server does not use is decided here, once for each connection, so that its requests
    need not ask.

    Args:
        settings: Says what the server uses.
        tls: What is needed to speak TLS, or None where the server does not.
    """

    def __init__(self, settings: Settings, tls: TLS | None) -> None:
        self.tls = tls

    def welcome(
        self, sock: socket.socket, peer: Any, host: Host, policy_of: PolicyOf
    ) -> Connection:
        """Return the connection for a socket, which is non-blocking.

        Raises:
            OSError: The client has gone again.
        """
        if self.tls is None or isinstance(peer, str):
            return Connection(sock, peer, host, policy_of)
        return TLSConnection(sock, peer, host, policy_of, self.tls.context)

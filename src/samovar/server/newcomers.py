"""What becomes of a socket that was accepted: which kind of connection it is served as."""

from __future__ import annotations

import logging
import socket
from functools import partial
from typing import Any

from samovar.server.connection import Connection, Host, MakeParser
from samovar.server.forwarded import UNIX, Proxies
from samovar.server.http1 import PolicyOf, RequestParser
from samovar.server.proxied import ProxiedParser, WaryParser
from samovar.server.settings import Settings
from samovar.server.tls import TLS
from samovar.server.tls_connection import TLSConnection

log = logging.getLogger("samovar.server")


class Newcomers:
    """Makes connections of accepted sockets.

    What a server does not use is decided here, once for each connection, so that its requests
    need not ask.

    Args:
        settings: Says what the server uses.
        tls: What is needed to speak TLS, or None where the server does not.
    """

    def __init__(self, settings: Settings, tls: TLS | None) -> None:
        self._tls = tls
        self._trusting = bool(settings.trusted_proxies)
        self._proxies = Proxies(settings.trusted_proxies, settings.proxy_fields)
        self._of_proxy: MakeParser = partial(ProxiedParser, proxies=self._proxies)
        self._ordinary: MakeParser = partial(WaryParser, warn=self._warn)

    def welcome(
        self, sock: socket.socket, peer: Any, host: Host, policy_of: PolicyOf
    ) -> Connection:
        """Return the connection for a socket, which is non-blocking.

        Raises:
            OSError: The client has gone again.
        """
        make_parser = self._ordinary
        if self._trusting and self._proxies.trusts(peer):
            make_parser = self._of_proxy
        if self._tls is None or isinstance(peer, str):
            return Connection(sock, peer, host, policy_of, make_parser)
        return TLSConnection(sock, peer, host, policy_of, make_parser, self._tls.context)

    def _warn(self, peer: tuple[Any, ...] | str, field: bytes) -> None:
        """Say once that a stranger speaks as a proxy does."""
        if self._ordinary is RequestParser:
            return
        self._ordinary = RequestParser
        name = peer[0] if isinstance(peer, tuple) else UNIX
        log.warning(
            "%s sends %s, which counts for nothing, for nobody said that it is a proxy. If it is"
            " yours, write --trusted-proxies %s. (This is said once.)",
            "A client on the Unix socket" if name == UNIX else name,
            str(field, "latin-1").title(),
            name,
        )

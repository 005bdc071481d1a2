"""Requests that come through a proxy.

The connection of a trusted proxy gets a parser of its own, which puts the client in the proxy's
place before anybody sees the request. Other connections have the ordinary parser and pay
nothing; until a warning has been given, their first request is looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from samovar.server.forwarded import NAMES, Malformed, Origin, Proxies, with_port
from samovar.server.http1 import Carrier, HTTPExchange, PolicyOf, RequestError, RequestParser
from samovar.server.settings import Settings

SUSPICIOUS = frozenset((*NAMES, b"forwarded"))
"""Fields that mean something only if a trusted proxy wrote them."""


class ProxiedExchange(HTTPExchange):
    """A request as the proxy's client made it."""

    def environ(self) -> dict[str, Any]:
        """Return the WSGI environ, which says what the client asked the proxy for."""
        is_new = self._environ is None
        environ = super().environ()
        if is_new:
            environ["SCRIPT_NAME"] = self.root_path
            name, _, port = environ.get("HTTP_HOST", "").rpartition(":")
            if not port.isdecimal():
                name, port = environ.get("HTTP_HOST", ""), ""
            if name:
                environ["SERVER_NAME"] = name
                environ["SERVER_PORT"] = port or ("443" if self.scheme == "https" else "80")
        return environ


class ProxiedParser(RequestParser):
    """Parses what a trusted proxy sends.

    Args:
        proxies: Knows whose word counts.
    """

    __slots__ = ("_proxies",)

    exchange_type = ProxiedExchange

    def __init__(
        self, carrier: Carrier, settings: Settings, policy_of: PolicyOf, proxies: Proxies
    ) -> None:
        super().__init__(carrier, settings, policy_of)
        self._proxies = proxies

    def on_headers_complete(self) -> None:
        """Put the client in the proxy's place, and go on as ever."""
        exchange = self.current
        assert exchange is not None, "llhttp reports the target before the end of the head"
        try:
            origin = self._proxies.origin(exchange.fields)
        except Malformed as error:
            raise RequestError(400, str(error)) from error
        _apply(origin, exchange)
        super().on_headers_complete()


def _apply(origin: Origin, exchange: HTTPExchange) -> None:
    if origin.client is not None:
        exchange.peer = origin.client
    if origin.scheme is not None:
        exchange.scheme = origin.scheme
    exchange.root_path = origin.prefix
    if origin.host is None and origin.port is None:
        return
    fields = exchange.fields
    places = [at for at, (name, _) in enumerate(fields) if name == b"host"]
    if len(places) == 1:  # otherwise the request is refused
        host = fields[places[0]][1] if origin.host is None else origin.host
        if origin.port is not None:
            host = with_port(host, origin.port, exchange.scheme)
        fields[places[0]] = (b"host", host)


class WaryParser(RequestParser):
    """Looks at the first request of a connection for what only a proxy should say.

    Args:
        warn: Called with the peer and the name of the field.
    """

    __slots__ = ("_warn",)

    def __init__(
        self,
        carrier: Carrier,
        settings: Settings,
        policy_of: PolicyOf,
        warn: Callable[[tuple[Any, ...] | str, bytes], None],
    ) -> None:
        super().__init__(carrier, settings, policy_of)
        self._warn = warn

    def _check_host(self, exchange: HTTPExchange, host: bytes | None) -> None:
        """Look, and go on as ever. The ordinary parser asks this once for each host."""
        for name, _ in exchange.fields:
            if name in SUSPICIOUS:
                self._warn(self._carrier.peer, name)
        super()._check_host(exchange, host)

"""The protocol without a socket: bytes in, requests and a verdict out."""

from __future__ import annotations

from typing import Any

from samovar.exchange import BodyPolicy, Exchange
from samovar.server.http1 import HTTPExchange, RequestParser
from tests.support.wire import Request, small_settings


class Carrier:
    """A connection that carries nothing."""

    peer: tuple[Any, ...] | str = ("127.0.0.1", 4000)
    scheme = "http"
    busy = False
    local = ("127.0.0.1", 5000)
    multiprocess = False

    def pass_lead(self, exchange: HTTPExchange) -> None:
        raise AssertionError("nobody is called here")

    def receive_body(self, exchange: HTTPExchange) -> bytes:
        raise AssertionError("nothing is streamed here")

    def raw_socket(self, exchange: HTTPExchange) -> object:
        raise AssertionError("there is no socket here")


def collect_all(exchange: Exchange) -> BodyPolicy:
    return BodyPolicy()


def outcome(pieces: list[bytes]) -> tuple[list[Request], int | None]:
    """Feed the pieces; return the requests and the status code of the refusal."""
    parser = RequestParser(Carrier(), small_settings(), collect_all)
    requests: list[Request] = []
    for piece in pieces:
        parser.feed(piece)
        while parser.requests:
            exchange = parser.requests.popleft()
            with exchange.body as body:
                requests.append((exchange.method, exchange.target.decode("latin-1"), body.read()))
    return requests, parser.error.status if parser.error is not None else None

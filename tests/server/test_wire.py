"""The protocol without a socket: each wire file, however it is cut."""

from __future__ import annotations

from typing import Any

import pytest

from samovar.exchange import BodyPolicy, Exchange
from samovar.server.http1 import HTTPExchange, RequestParser
from tests.support.wire import Request, WireCase, read_cases, small_settings, ways_to_cut


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


@pytest.mark.parametrize("case", read_cases("valid"), ids=lambda case: case.name)
def test_valid_wire_gives_its_requests(case: WireCase) -> None:
    for way, pieces in ways_to_cut(case.data, case.name).items():
        assert outcome(pieces) == (case.expected, None), way


@pytest.mark.parametrize("case", read_cases("invalid"), ids=lambda case: case.name)
def test_invalid_wire_is_refused_with_its_status(case: WireCase) -> None:
    for way, pieces in ways_to_cut(case.data, case.name).items():
        requests, status = outcome(pieces)
        assert status == case.expected, way
        assert len(requests) == (case.name == "garbage_after_a_request"), way


@pytest.mark.parametrize("case", read_cases("valid"), ids=lambda case: case.name)
def test_wire_that_is_cut_off_gives_no_unfinished_request(case: WireCase) -> None:
    assert isinstance(case.expected, list)
    whole = outcome([case.data])[0]
    for end in range(len(case.data)):
        requests, _ = outcome([case.data[:end]])
        assert requests == whole[: len(requests)]

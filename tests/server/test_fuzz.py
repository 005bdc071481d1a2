"""Arbitrary bytes in arbitrary pieces: no exception escapes, and the pieces do not matter."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from samovar.server.http1 import RequestParser
from tests.support.parsing import Carrier, collect_all, outcome
from tests.support.wire import Request, cut, damaged_wires, small_settings

LINES = [
    b"GET / HTTP/1.1\r\n",
    b"POST /a?b HTTP/1.1\r\n",
    b"HEAD http://a/ HTTP/1.0\r\n",
    b"OPTIONS * HTTP/1.1\r\n",
    b"Host: a\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 0\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"Connection: keep-alive, upgrade\r\n",
    b"Upgrade: websocket\r\n",
    b"Expect: 100-continue\r\n",
    b"X-Long: " + b"a" * 300 + b"\r\n",
    b"hello",
    b"5\r\nhello\r\n",
    b"0\r\n",
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b":",
    b"\0",
]


SIZE_LIMITS = {413, 414, 431}


def agree(one: tuple[list[Request], int | None], other: tuple[list[Request], int | None]) -> bool:
    """Tell whether two outcomes are the same verdict.

    A message that is malformed and also too large may be refused for either: which fault is
    met first depends on how much of it has come.
    """
    (requests, status), (other_requests, other_status) = one, other
    if requests != other_requests:
        return False
    both_refused = status is not None and other_status is not None
    return status == other_status or (both_refused and bool(SIZE_LIMITS & {status, other_status}))


def messages() -> st.SearchStrategy[bytes]:
    """Bytes that are sometimes requests."""
    lines = st.lists(st.sampled_from(LINES) | st.binary(max_size=8), max_size=20).map(b"".join)
    return lines | damaged_wires() | st.binary(max_size=200)


@settings(max_examples=400)
@given(message=messages(), places=st.lists(st.integers(0, 2000), max_size=10))
def test_outcome_does_not_depend_on_the_pieces(message: bytes, places: list[int]) -> None:
    whole = outcome([message])
    fitting = sorted({place for place in places if place < len(message)})
    assert agree(outcome(cut(message, fitting)), whole)
    assert agree(outcome([message[at : at + 1] for at in range(len(message))]), whole)
    assert whole[1] != 500


@settings(max_examples=200)
@given(first=messages(), second=messages())
def test_more_bytes_change_nothing_of_what_was_decided(first: bytes, second: bytes) -> None:
    requests, status = outcome([first])
    later_requests, later_status = outcome([first, second])
    assert later_requests[: len(requests)] == requests
    if status is not None:
        assert (later_requests, later_status) == (requests, status)


GET = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
REPEATED = [
    GET,
    b"GET /b HTTP/1.1\r\nHost: a\r\n\r\n",
    GET[:2],
    GET[2:],
    GET + GET[:2],
    b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"\r\n",
]
"""Pieces that mean the same each time they come, or something else, by what came before."""


@settings(max_examples=1500)
@given(runs=st.lists(st.tuples(st.sampled_from(REPEATED), st.integers(1, 4)), max_size=5))
def test_bytes_that_come_again_mean_what_they_mean_to_the_parser(
    runs: list[tuple[bytes, int]],
) -> None:
    """What is remembered of a connection's last request never changes the outcome."""
    pieces = [piece for piece, count in runs for _ in range(count)]
    assert agree(outcome(pieces), outcome([b"".join(pieces)]))


def test_fields_of_a_request_that_comes_again_are_its_own() -> None:
    parser = RequestParser(Carrier(), small_settings(), collect_all)
    for _ in range(3):
        parser.feed(GET)
        parser.requests.popleft().fields.clear()
    parser.feed(GET)
    assert parser.requests.popleft().fields == [(b"host", b"a")]

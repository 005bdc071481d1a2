"""A connection that is closed after a number of requests, with either poller."""

from __future__ import annotations

import pytest

from samovar.exchange import Exchange, Reply
from tests.support.handlers import FunctionHandler, text
from tests.support.http_client import Client
from tests.support.serving import running

pytestmark = pytest.mark.parametrize("poller", ["epoll", "selectors"])


def test_connection_says_at_its_last_request_that_it_closes(poller: str) -> None:
    handler = FunctionHandler(lambda exchange: text("x"))
    with (
        running(handler, poller=poller, max_requests_per_connection=3) as server,
        Client(server.connect()) as client,
    ):
        replies = [client.get() for _ in range(3)]
        assert [reply.fields.get("connection") for reply in replies] == [None, None, "close"]
        assert client.is_closed()


def test_requests_behind_the_last_one_are_not_answered(poller: str) -> None:
    asked: list[bytes] = []

    def note(exchange: Exchange) -> Reply:
        asked.append(exchange.target)
        return text("x")

    with (
        running(FunctionHandler(note), poller=poller, max_requests_per_connection=2) as server,
        Client(server.connect()) as client,
    ):
        client.send("".join(f"GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n" for n in range(4)))
        assert [client.read().status for _ in range(2)] == [200, 200]
        assert client.is_closed()
        assert asked == [b"/0", b"/1"]

"""Flask-SocketIO in threading mode: events in both directions, over either transport."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.extensions.conftest import Start

CHOICES = {"polling": "polling", "websocket": "websocket", "polling,websocket": "websocket"}
"""What a client may speak, and what it ends up speaking."""


@pytest.mark.parametrize("transports", CHOICES)
def test_events_go_both_ways(start: Start, client: Callable[..., str], transports: str) -> None:
    visitor = start("rooms")
    seen = json.loads(client("rooms", visitor.program.url, transports))
    bob_came = ["message", "bob came in"]
    assert seen == {
        "transport": CHOICES[transports],
        "welcome": "welcome to the kitchen",
        "ada came": ["message", "ada came in"],
        "bob came": [bob_came, bob_came],
        "upload": ["received", 3, [2, 1, 0]],
        "count": [["left", 3], ["left", 2], ["left", 1]],
        "broken": ["failed", "broken"],
        "page": "announced",
        "announcement": ["announcement", "tea"],
        "eve": "refused",
    }
    assert visitor.get("/").text == "a plain page beside the sockets"

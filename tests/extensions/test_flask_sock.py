"""Flask-Sock: WebSockets that a view reads and writes."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.extensions.conftest import Start


def test_view_speaks_over_a_websocket(start: Start, client: Callable[..., str]) -> None:
    visitor = start("echo")
    visitor.get("/")
    cookie = f"session={visitor.cookies['session']}"
    assert json.loads(client("echo", visitor.program.url, cookie)) == {
        "subprotocol": "tea.v1",
        "status": 101,
        "text": "hello",
        "binary": [0, 1],
        "large": 300_000,
        "pong": [10, "still there?"],
        "after": "after a ping",
        "count": ["3", "2", "1"],
        "goodbye": [8, 1000, "done"],
        "/": 400,
        "/nowhere": 404,
        "all": True,
    }
    assert visitor.get("/").text.split(", ")[0] == "ada asked for tea"

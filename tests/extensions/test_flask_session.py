"""Flask-Session: sessions kept in files and in Redis."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.extensions.conftest import Start
from tests.extensions.visitor import Visitor


@pytest.fixture(params=["cachelib", "redis"])
def start_baskets(
    request: pytest.FixtureRequest, start: Start, tmp_path: Path
) -> Callable[[], Visitor]:
    """Return a function that starts the program with one store or the other."""
    store = tmp_path / "sessions"
    if request.param == "redis":
        store = request.getfixturevalue("redis")
    return lambda: start("baskets", SESSION_TYPE=request.param, STORE=str(store))


def basket(visitor: Visitor) -> object:
    return json.loads(visitor.get("/basket").text)


def test_session_stays_on_the_server(start_baskets: Callable[[], Visitor]) -> None:
    ada, bob = start_baskets(), start_baskets()
    assert basket(ada) == []
    for thing in ("tea", "cake"):
        ada.post("/basket", thing=thing)
    bob.post("/basket", thing="coffee")
    assert basket(ada) == ["tea", "cake"]
    assert basket(bob) == ["coffee"]

    # The cookie is a key and nothing else: with it, any server of the program knows the basket.
    bob.cookies = dict(ada.cookies)
    assert basket(bob) == ["tea", "cake"]

    assert ada.ask("DELETE", "/basket").status == 204
    assert basket(ada) == []
    assert basket(bob) == []


def test_session_gets_a_new_key_when_somebody_logs_in(
    start_baskets: Callable[[], Visitor],
) -> None:
    visitor = start_baskets()
    visitor.post("/basket", thing="tea")
    before = visitor.cookies["session"]
    visitor.post("/login")
    assert visitor.cookies["session"] != before
    assert basket(visitor) == ["tea"]
    visitor.cookies["session"] = before
    assert basket(visitor) == []

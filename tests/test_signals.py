"""The signals of a request, in their order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

import samovar
from samovar import App

NAMES = [
    "request_started",
    "request_finished",
    "request_tearing_down",
    "got_request_exception",
    "appcontext_pushed",
    "appcontext_popped",
    "appcontext_tearing_down",
]


@contextmanager
def recorded(app: App) -> Iterator[list[str]]:
    seen: list[str] = []

    def recorder(name: str) -> Any:
        def record(sender: Any, **extra: Any) -> None:
            assert sender is app
            seen.append(name)

        return record

    with ExitStack() as stack:
        for name in NAMES:
            stack.enter_context(getattr(samovar, name).connected_to(recorder(name), app))
        yield seen


@pytest.fixture
def app() -> App:
    app = App(__name__)
    app.add_url_rule("/", "index", lambda: "ok")
    app.add_url_rule("/broken", "broken", lambda: str(1 / 0))
    return app


def test_signals_of_a_request_come_in_their_order(app: App) -> None:
    with recorded(app) as seen:
        app.test_client().get("/")
    assert seen == [
        "appcontext_pushed",
        "request_started",
        "request_finished",
        "request_tearing_down",
        "appcontext_tearing_down",
        "appcontext_popped",
    ]


def test_error_is_signalled_before_the_end(app: App) -> None:
    with recorded(app) as seen:
        app.test_client().get("/broken")
    assert seen[1:4] == ["request_started", "got_request_exception", "request_finished"]

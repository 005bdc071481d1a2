"""Views that answer with an asynchronous generator."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import AsyncIterator
from typing import Any

import pytest

from samovar import App
from tests.support.serving import running


@pytest.fixture
def app() -> App:
    app = App(__name__)
    app.config["closed"] = []

    async def pieces() -> AsyncIterator[str | bytes]:
        try:
            for piece in ("data: 1\n\n", b"data: 2\n\n"):
                await asyncio.sleep(0)
                yield piece
        finally:
            app.config["closed"].append(True)

    @app.route("/plain")
    def plain() -> Any:
        return pieces(), {"Content-Type": "text/event-stream"}

    @app.route("/async")
    async def asynchronous() -> Any:
        return pieces()

    return app


@pytest.mark.parametrize("path", ["/plain", "/async"])
def test_server_streams_it(app: App, path: str) -> None:
    with running(app) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", path)
        response = connection.getresponse()
        assert response.read() == b"data: 1\n\ndata: 2\n\n"
        assert response.getheader("Transfer-Encoding") == "chunked"
        connection.close()
    assert app.config["closed"] == [True]


@pytest.mark.parametrize("path", ["/plain", "/async"])
def test_it_is_an_ordinary_iterator_behind_other_servers(app: App, path: str) -> None:
    assert app.test_client().get(path).data == b"data: 1\n\ndata: 2\n\n"
    assert app.config["closed"] == [True]


def test_it_is_closed_where_nobody_reads_it_to_its_end(app: App) -> None:
    response = app.test_client().get("/plain")
    assert next(response.response) == b"data: 1\n\n"  # type: ignore[call-overload]
    response.close()
    assert app.config["closed"] == [True]

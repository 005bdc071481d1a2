"""Pages that reload: what they carry, and what they are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from samovar.folder import handler as handler_module
from samovar.folder import live as live_module
from samovar.folder.handler import FolderHandler
from samovar.folder.live import SCRIPT, STREAM, Live
from samovar.folder.root import Root
from tests.support.http_client import Client
from tests.support.serving import Running, running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<!doctype html><p>Start</p>")
    (tmp_path / "style.css").write_text("p { color: red }")
    (tmp_path / "list").mkdir()
    return tmp_path


@pytest.fixture
def live() -> Live:
    return Live()


@pytest.fixture
def server(folder: Path, live: Live) -> Iterator[Running]:
    with running(FolderHandler(Root(str(folder)), live), graceful_timeout=0.1) as server:
        yield server


def listen(client: Client) -> str:
    """Open the event stream and return the first version it tells."""
    client.send(f"GET {STREAM.decode()} HTTP/1.1\r\nHost: test\r\n\r\n")
    status, fields = client.read_head()
    assert (status, fields["content-type"]) == (200, "text/event-stream")
    return next_version(client)


def next_version(client: Client) -> str:
    while not (chunk := client.read_chunk()).startswith(b"data: "):
        assert chunk.startswith((b":", b"retry:"))
    return chunk.decode().removeprefix("data: ").strip()


@pytest.mark.parametrize(
    ("target", "status"), [("/", 200), ("/index.html", 200), ("/list/", 200), ("/missing", 404)]
)
def test_each_page_carries_the_version_that_it_was_made_of(
    server: Running, live: Live, target: str, status: int
) -> None:
    with Client(server.connect()) as client:
        for _ in range(2):
            page = client.get(target)
            assert page.status == status
            assert page.body.endswith(live.tag())
            live.changed()


def test_page_is_never_kept_and_the_rest_is_as_ever(server: Running) -> None:
    with Client(server.connect()) as client:
        page = client.get("/", "Range: bytes=0-1\r\n")
        assert (page.status, page.fields["cache-control"]) == (200, "no-store")
        assert "etag" not in page.fields
        style = client.get("/style.css")
        assert style.body == b"p { color: red }"
        assert client.get("/style.css", f"If-None-Match: {style.fields['etag']}\r\n").status == 304


def test_own_404_page_carries_the_script(server: Running, live: Live, folder: Path) -> None:
    (folder / "404.html").write_text("<h1>Lost?</h1>")
    with Client(server.connect()) as client:
        assert client.get("/missing").body == b"<h1>Lost?</h1>" + live.tag()


def test_page_beyond_the_limit_is_sent_as_it_is(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handler_module, "MAX_PAGE", 3)
    with Client(server.connect()) as client:
        assert client.get("/").body == b"<!doctype html><p>Start</p>"


def test_script_is_served(server: Running) -> None:
    with Client(server.connect()) as client:
        script = client.get(f"{SCRIPT.decode()}?version")
        assert script.fields["content-type"] == "text/javascript; charset=utf-8"
        assert b"EventSource" in script.body


def test_every_listener_is_told_of_each_change(server: Running, live: Live) -> None:
    with Client(server.connect()) as one, Client(server.connect()) as other:
        first = live.version
        assert [listen(one), listen(other)] == [first, first]
        live.changed()
        assert [next_version(one), next_version(other)] == [live.version, live.version]
        assert live.version != first
        other.close()
        live.changed()
        assert next_version(one) == live.version


def test_sign_of_life_is_given_when_nothing_changes(
    server: Running, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "HEARTBEAT", 0.01)
    with Client(server.connect()) as client:
        listen(client)
        assert client.read_chunk() == b":\n\n"
        live.changed()
        assert next_version(client) == live.version


def test_change_after_the_end_of_the_server_is_harmless(folder: Path, live: Live) -> None:
    with (
        running(FolderHandler(Root(str(folder)), live), graceful_timeout=0.1) as server,
        Client(server.connect()) as client,
    ):
        listen(client)
    live.changed()

"""A server behind a proxy, and one that only seems to be."""

from __future__ import annotations

import io
import json
import logging
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from samovar import App, request, url_for
from tests.support.serving import PATIENCE, Running, read_to_end, running

SAID = (
    "X-Forwarded-For: 198.51.100.1, 203.0.113.7",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Host: shop.example",
    "X-Forwarded-Prefix: /shop",
)


def make_app() -> App:
    app = App(__name__)

    @app.get("/")
    def who() -> dict[str, Any]:
        return {"client": request.remote_addr, "url": url_for("who", _external=True)}

    @app.get("/environ")
    def environ() -> dict[str, Any]:
        names = ("REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "SERVER_PORT")
        return {name: request.environ[name] for name in names}

    @app.get("/folder/")
    def folder() -> str:
        return ""

    return app


def get(target: str, *fields: str) -> bytes:
    lines = (f"GET {target} HTTP/1.1", "Host: inner:8000", "Connection: close", *fields, "", "")
    return "\r\n".join(lines).encode()


def ask(server: Running, target: str, *fields: str) -> Any:
    reply = server.send(get(target, *fields))
    assert reply.startswith(b"HTTP/1.1 200"), reply
    return json.loads(reply.partition(b"\r\n\r\n")[2])


@pytest.fixture
def trusting() -> Iterator[Running]:
    with running(make_app(), trusted_proxies=("127.0.0.1",)) as server:
        yield server


def test_application_sees_the_client_of_a_trusted_proxy(trusting: Running) -> None:
    assert ask(trusting, "/", *SAID) == {
        "client": "203.0.113.7",
        "url": "https://shop.example/shop/",
    }
    assert ask(trusting, "/environ", *SAID) == {
        "REMOTE_ADDR": "203.0.113.7",
        "wsgi.url_scheme": "https",
        "HTTP_HOST": "shop.example",
        "SCRIPT_NAME": "/shop",
        "SERVER_PORT": "443",
    }


def test_redirect_stays_below_the_prefix(trusting: Running) -> None:
    reply = trusting.send(get("/folder", *SAID))
    assert b"\r\nlocation: https://shop.example/shop/folder/\r\n" in reply.lower()


def test_standard_field_is_understood(trusting: Running) -> None:
    said = 'Forwarded: for="[2001:db8::7]:4711";proto=https;host=shop.example'
    assert ask(trusting, "/", said) == {"client": "2001:db8::7", "url": "https://shop.example/"}


def test_request_without_a_word_is_the_proxys_own(trusting: Running) -> None:
    assert ask(trusting, "/") == {"client": "127.0.0.1", "url": "http://inner:8000/"}


def test_each_request_of_a_proxys_connection_has_its_own_client(trusting: Running) -> None:
    first = get("/", "X-Forwarded-For: 203.0.113.1").replace(b"Connection: close\r\n", b"")
    reply = trusting.send(first + get("/", "X-Forwarded-For: 203.0.113.2") + get("/"))
    assert reply.index(b"203.0.113.1") < reply.index(b"203.0.113.2")


@pytest.mark.parametrize(
    "field", ['Forwarded: for="203.0.113.7', "X-Forwarded-Host: a b", "X-Forwarded-Host: a/b"]
)
def test_word_that_cannot_be_is_refused(trusting: Running, field: str) -> None:
    assert trusting.send(get("/", field)).startswith(b"HTTP/1.1 400")


def test_wsgi_program_sees_the_same() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        names = ("REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO")
        return [json.dumps([environ[name] for name in names]).encode()]

    with running(application, trusted_proxies=("127.0.0.0/8",)) as server:
        assert ask(server, "/x", *SAID) == ["203.0.113.7", "https", "shop.example", "/shop", "/x"]


def test_nobody_is_trusted_unless_named_and_it_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with running(make_app()) as server:
        for _ in range(3):
            assert ask(server, "/", *SAID) == {"client": "127.0.0.1", "url": "http://inner:8000/"}
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "--trusted-proxies 127.0.0.1" in caplog.text


def test_other_proxies_than_those_named_are_not_trusted(caplog: pytest.LogCaptureFixture) -> None:
    with running(make_app(), trusted_proxies=("192.0.2.1", "unix")) as server:
        assert ask(server, "/", *SAID)["client"] == "127.0.0.1"
    assert "--trusted-proxies 127.0.0.1" in caplog.text


def test_unix_socket_can_be_trusted(tmp_path: Path) -> None:
    path = str(tmp_path / "shop.sock")
    with running(make_app(), bind=(f"unix:{path}",), trusted_proxies=("unix",)) as server:
        assert server.server.addresses == [path]
        with socket.socket(socket.AF_UNIX) as proxy:
            proxy.settimeout(PATIENCE)
            proxy.connect(path)
            proxy.sendall(get("/", *SAID))
            assert b"203.0.113.7" in read_to_end(proxy)


def test_access_log_shows_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    settings = {"trusted_proxies": ("127.0.0.1",), "access_log": "common"}
    with running(make_app(), **settings) as server:
        ask(server, "/", *SAID)
    assert log.getvalue().startswith("203.0.113.7 - - [")

"""WSGI applications over real sockets, with the validator of the standard library around them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import pytest

from samovar.server.wsgi import WSGIHandler
from tests.support.serving import PATIENCE, Running, running

Environ = dict[str, Any]
App = Callable[[Environ, Any], Any]
TEXT = [("Content-Type", "text/plain")]


def echo(environ: Environ, start_response: Any) -> list[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [*TEXT, ("X-Method", environ["REQUEST_METHOD"])])
    return [body or environ["PATH_INFO"].encode("latin-1")]


def generate(environ: Environ, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", TEXT)
    yield b""
    yield b"one "
    yield b"two"


def write(environ: Environ, start_response: Any) -> list[bytes]:
    send = start_response("200 OK", TEXT)
    send(b"one ")
    return [b"two"]


def announce(environ: Environ, start_response: Any) -> list[bytes]:
    start_response("200 OK", [*TEXT, ("Content-Length", "7")])
    return [b"one ", b"two"]


@contextmanager
def ask(
    server: Running, method: str = "GET", path: str = "/", **named: Any
) -> Iterator[HTTPResponse]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    connection.request(method, path, **named)
    with closing(connection), connection.getresponse() as response:
        yield response


@pytest.mark.parametrize("app", [generate, write, announce], ids=lambda app: app.__name__)
def test_body_arrives_whole(app: App) -> None:
    with running(validator(app)) as server, ask(server) as response:
        assert response.status == 200
        assert response.read() == b"one two"


def test_collected_body_can_be_read() -> None:
    body = b"x" * 300_000
    with running(validator(echo)) as server, ask(server, "POST", body=body) as response:
        assert response.read() == body


def test_chunked_body_can_be_read_by_its_length() -> None:
    named: dict[str, Any] = {"body": iter([b"one ", b"two"]), "encode_chunked": True}
    with running(validator(echo)) as server, ask(server, "POST", **named) as response:
        assert response.read() == b"one two"


def test_path_is_decoded() -> None:
    with running(validator(echo)) as server, ask(server, path="/a%20b?x") as response:
        assert response.read() == b"/a b"


@pytest.mark.parametrize("app", [echo, generate, announce], ids=lambda app: app.__name__)
def test_head_has_no_body(app: App) -> None:
    with running(app) as server:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        for _ in range(2):
            connection.request("HEAD", "/")
            response = connection.getresponse()
            assert (response.status, response.read()) == (200, b"")
        connection.close()


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_status_without_body_has_none_whatever_is_returned(status: str) -> None:
    def app(environ: Environ, start_response: Any) -> list[bytes]:
        start_response(status, [])
        return [b"not to be sent"]

    with running(app) as server:
        received = server.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        head, _, body = received.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 " + status.encode())
        assert body == b""


def test_reason_and_repeated_fields_arrive() -> None:
    def app(environ: Environ, start_response: Any) -> list[bytes]:
        start_response("200 Very well", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return []

    with running(app) as server, ask(server) as response:
        assert response.reason == "Very well"
        assert response.msg.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_file_is_sent_from_the_disk(tmp_path: Path) -> None:
    content = bytes(range(256)) * 4096
    path = tmp_path / "file"
    path.write_bytes(content)

    def app(environ: Environ, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Length", str(len(content)))])
        return environ["wsgi.file_wrapper"](path.open("rb"))

    with running(app) as server, ask(server) as response:
        assert response.read() == content


def test_error_is_answered_with_500_and_the_next_request_is_served(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def app(environ: Environ, start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/bad":
            raise KeyError("in the application")
        start_response("200 OK", [])
        return [b"fine"]

    with running(app) as server:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        connection.request("GET", "/bad")
        response = connection.getresponse()
        assert response.status == 500
        response.read()
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"fine"
        connection.close()
    assert "in the application" in caplog.text


@pytest.mark.parametrize(
    "pair", [("X-A", "a\r\nX-B: b"), ("Transfer-Encoding", "chunked"), ("X-A", "\u20ac")]
)
def test_field_that_may_not_be_sent_is_an_error_of_the_application(
    pair: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    def app(environ: Environ, start_response: Any) -> list[bytes]:
        start_response("200 OK", [pair])
        return []

    with running(app) as server, ask(server) as response:
        assert response.status == 500
        assert response.getheader("X-B") is None
    assert f"The header {pair[0]!r}" in caplog.text


class Watched:
    """An endless body that tells when it is closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b"x" * 65536

    def close(self) -> None:
        self.closed.set()


def test_body_is_closed_when_the_client_leaves() -> None:
    body = Watched()

    def app(environ: Environ, start_response: Any) -> Watched:
        start_response("200 OK", [])
        return body

    with running(app) as server:
        with server.connect() as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert client.recv(1000)
        assert body.closed.wait(PATIENCE)


def test_body_that_fails_midway_is_cut_off_and_closed(caplog: pytest.LogCaptureFixture) -> None:
    def app(environ: Environ, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"some"
        raise KeyError("midway")

    with running(app) as server:
        received = server.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert received.endswith(b"4\r\nsome\r\n")
    assert "midway" in caplog.text


def test_blocking_paths_are_learned() -> None:
    release = threading.Event()

    def app(environ: Environ, start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/slow":
            assert release.wait(PATIENCE)
        start_response("200 OK", [])
        return [b"done"]

    with running(WSGIHandler(app)) as server, server.connect() as slow:
        slow.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        with ask(server, path="/fast") as response:
            assert response.read() == b"done"
        release.set()
        assert slow.recv(1000).endswith(b"done")

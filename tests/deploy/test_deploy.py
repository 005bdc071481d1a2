"""Real nginx and real Apache in front of a real Samovar, from the files in docs/deploy/."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import closing
from typing import Any

import pytest

from samovar.cli.run import run_command
from tests.deploy.conftest import DEPLOY, Front

pytestmark = pytest.mark.timeout(120)

LIES = {
    "X-Forwarded-For": "198.51.100.66",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "666",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "for=198.51.100.66;host=evil.example;proto=http",
}


def get(front: Front, target: str, fields: dict[str, str] | None = None) -> Any:
    with closing(front.connect()) as connection:
        response = front.ask(connection, target, fields=fields)
        assert response.status == 200
        return json.loads(response.read())


@pytest.mark.parametrize("fields", [{}, LIES], ids=["honest client", "client that lies"])
def test_program_sees_the_client_and_not_the_proxy(proxy: Front, fields: dict[str, str]) -> None:
    assert get(proxy, "/", fields) == {
        "client": "127.0.0.1",
        "host": proxy.host,
        "url": f"https://{proxy.host}/",
        "below": "",
        "forged": None,
    }


def test_program_below_a_path_knows_it(proxy: Front) -> None:
    seen = get(proxy, "/tea/")
    assert seen["below"] == "/tea"
    assert seen["url"] == f"https://{proxy.host}/tea/"
    with closing(proxy.connect()) as connection:
        response = proxy.ask(connection, "/tea/folder")
        assert response.status == 308
        assert response.headers["Location"] == f"https://{proxy.host}/tea/folder/"


def check_upload(front: Front, target: str) -> None:
    content = os.urandom(3_000_000)
    with closing(front.connect()) as connection:
        response = front.ask(connection, target, content)
        digest = hashlib.sha256(content).hexdigest()
        assert json.loads(response.read()) == {"size": len(content), "digest": digest}


def check_chunked_upload(front: Front) -> None:
    pieces = [os.urandom(50_000) for _ in range(5)]
    with closing(front.connect()) as connection:
        fields = {"Host": front.host}
        connection.request("POST", "/upload", iter(pieces), fields, encode_chunked=True)
        digest = hashlib.sha256(b"".join(pieces)).hexdigest()
        assert json.loads(connection.getresponse().read()) == {"size": 250_000, "digest": digest}


def check_stream(front: Front) -> None:
    with closing(front.connect()) as connection, closing(front.connect()) as other:
        response = front.ask(connection, "/stream")
        assert response.readline() == b"first\n"
        front.ask(other, "/go-on").read()
        assert response.read() == b"second\n"


@pytest.mark.parametrize("target", ["/upload", "/tea/upload"])
def test_upload_arrives_whole(proxy: Front, target: str) -> None:
    check_upload(proxy, target)


def test_chunked_upload_arrives_whole(proxy: Front) -> None:
    check_chunked_upload(proxy)


def test_piece_of_a_stream_is_on_its_way_at_once(proxy: Front) -> None:
    check_stream(proxy)


def test_websocket_is_passed_through(proxy: Front) -> None:
    with closing(proxy.connect()) as connection:
        connection.connect()
        assert connection.sock is not None
        connection.sock.sendall(
            f"GET /shout HTTP/1.1\r\nHost: {proxy.host}\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\n\r\n".encode()
        )
        assert connection.sock.recv(4096).startswith(b"HTTP/1.1 101 ")
        connection.sock.sendall(b"hello")
        assert connection.sock.recv(4096) == b"HELLO"


def test_connections_are_kept_on_both_sides(proxy: Front) -> None:
    with closing(proxy.connect()) as connection:
        first = proxy.ask(connection, "/connection")
        number = first.read()
        kept = connection.sock
        for _ in range(5):
            assert proxy.ask(connection, "/connection").read() == number
        assert connection.sock is kept


def test_program_runs_inside_apache(mod_wsgi: Front) -> None:
    seen = get(mod_wsgi, "/", {"X-Forwarded-For": "198.51.100.66"})
    assert seen["client"] == "127.0.0.1"
    assert seen["url"] == f"http://{mod_wsgi.host}/"


def test_upload_and_stream_work_inside_apache(mod_wsgi: Front) -> None:
    check_upload(mod_wsgi, "/upload")
    check_chunked_upload(mod_wsgi)
    check_stream(mod_wsgi)


def test_container_starts_a_command_that_exists() -> None:
    text = (DEPLOY / "container" / "Containerfile").read_text(encoding="utf-8")
    program, command, *words = json.loads(text.partition("\nCMD ")[2])
    assert (program, command) == ("samovar", "run")
    with run_command.make_context("run", words) as context:
        assert context.params["host"] == "0.0.0.0"

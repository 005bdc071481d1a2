"""Connections that a program takes over after an upgrade, over real sockets, with either poller."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from samovar.exchange import Answer, Exchange, Reply
from tests.support.handlers import FunctionHandler, text
from tests.support.http_client import Client
from tests.support.serving import PATIENCE, read_to_end, running

UPGRADE = "Connection: Upgrade\r\nUpgrade: shouting\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: shouting\r\n\r\n"

pytestmark = pytest.mark.parametrize("poller", ["epoll", "selectors"])


def shout(exchange: Exchange) -> Answer:
    """Answer each line in capitals until the client is done; ``/plain`` declines the upgrade."""
    raw = exchange.environ().get("werkzeug.socket")
    if raw is None or exchange.target != b"/shout":
        return text("plain" if raw is None else "declined")
    raw.sendall(SWITCH)
    while line := raw.recv(100):
        raw.sendall(line.upper())
    return text("nobody reads this")


def upgraded(sock: socket.socket, target: str = "/shout") -> None:
    """Ask for the upgrade and read the program's answer to it."""
    sock.sendall(f"GET {target} HTTP/1.1\r\nHost: test\r\n{UPGRADE}\r\n".encode())
    assert receive(sock, len(SWITCH)) == SWITCH


def receive(sock: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (piece := sock.recv(count - len(data))):
        data += piece
    return data


def test_program_speaks_on_the_socket_when_it_takes_it(poller: str) -> None:
    with running(FunctionHandler(shout), poller=poller) as server, server.connect() as sock:
        upgraded(sock)
        for word in (b"tea", b"and", b"cake"):
            sock.sendall(word)
            assert receive(sock, len(word)) == word.upper()


def test_nothing_is_written_when_the_view_of_a_taken_connection_returns(poller: str) -> None:
    with running(FunctionHandler(shout), poller=poller) as server, server.connect() as sock:
        upgraded(sock)
        sock.shutdown(socket.SHUT_WR)
        assert read_to_end(sock) == b""


def test_nothing_is_written_when_the_view_of_a_taken_connection_fails(
    poller: str, caplog: pytest.LogCaptureFixture
) -> None:
    def view(exchange: Exchange) -> Answer:
        exchange.environ()["werkzeug.socket"].sendall(SWITCH)
        raise ValueError("no tea left")

    with running(FunctionHandler(view), poller=poller) as server, server.connect() as sock:
        upgraded(sock)
        assert read_to_end(sock) == b""
    assert "no tea left" in caplog.text


def test_log_is_silent_when_a_view_says_that_its_connection_has_ended(
    poller: str, caplog: pytest.LogCaptureFixture
) -> None:
    def view(exchange: Exchange) -> Answer:
        exchange.environ()["werkzeug.socket"].sendall(SWITCH)
        raise ConnectionError  # which is how Werkzeug's server wants to be told

    with running(FunctionHandler(view), poller=poller) as server, server.connect() as sock:
        upgraded(sock)
        assert read_to_end(sock) == b""
    assert caplog.text == ""


@pytest.mark.parametrize("body", [[b"a", b"b"], b"x" * 100_000], ids=["pieces", "large"])
def test_nothing_is_written_whatever_body_the_view_returns(poller: str, body: Any) -> None:
    def view(exchange: Exchange) -> Answer:
        exchange.environ()["werkzeug.socket"].sendall(SWITCH)
        return Reply(200, (), body)

    with running(FunctionHandler(view), poller=poller) as server, server.connect() as sock:
        upgraded(sock)
        assert read_to_end(sock) == b""


def test_bytes_right_behind_the_request_are_received_when_it_is_taken(poller: str) -> None:
    with running(FunctionHandler(shout), poller=poller) as server, server.connect() as sock:
        head = f"GET /shout HTTP/1.1\r\nHost: test\r\n{UPGRADE}\r\n"
        sock.sendall(head.encode() + b"early" * 30)
        assert receive(sock, len(SWITCH) + 150) == SWITCH + b"EARLY" * 30


def test_reply_is_written_when_the_socket_is_left_alone(poller: str) -> None:
    with (
        running(FunctionHandler(shout), poller=poller) as server,
        Client(server.connect()) as client,
    ):
        # Twice: the connection stays usable, and requests may be sent ahead.
        client.send(f"GET /plain HTTP/1.1\r\nHost: test\r\n{UPGRADE}\r\n" * 2)
        assert [client.read().body, client.read().body] == [b"declined", b"declined"]
        assert client.get("/").body == b"plain"


def test_many_offers_in_one_piece_are_all_answered(poller: str) -> None:
    count = 500
    with (
        running(FunctionHandler(shout), poller=poller) as server,
        Client(server.connect()) as client,
    ):
        client.send(f"GET / HTTP/1.1\r\nHost: test\r\n{UPGRADE}\r\n" * count)
        assert {client.read().body for _ in range(count)} == {b"declined"}


def test_request_with_a_body_is_no_upgrade(poller: str) -> None:
    with (
        running(FunctionHandler(shout), poller=poller) as server,
        Client(server.connect()) as client,
    ):
        client.send(
            f"POST /shout HTTP/1.1\r\nHost: test\r\n{UPGRADE}Content-Length: 3\r\n\r\ntea"
            "GET / HTTP/1.1\r\nHost: test\r\n\r\n"
        )
        assert [client.read().body, client.read().body] == [b"plain", b"plain"]


def test_others_are_served_while_more_connections_are_taken_than_there_are_threads(
    poller: str,
) -> None:
    with running(FunctionHandler(shout), poller=poller, threads=2) as server:
        socks = [server.connect() for _ in range(5)]
        try:
            for sock in socks:
                upgraded(sock)
            with Client(server.connect()) as client:
                assert client.get("/").body == b"plain"
            for sock in socks:
                sock.sendall(b"still there")
                assert receive(sock, 11) == b"STILL THERE"
        finally:
            for sock in socks:
                sock.close()


def test_server_stops_soon_when_a_program_waits_for_a_client(poller: str) -> None:
    with running(FunctionHandler(shout), poller=poller, graceful_timeout=600) as server:
        sock = server.connect()
        upgraded(sock)
    with sock:  # the server has stopped
        assert read_to_end(sock) == b""


def test_client_is_told_when_the_program_closes_the_socket(poller: str) -> None:
    go_on = threading.Event()

    def view(exchange: Exchange) -> Answer:
        raw = exchange.environ()["werkzeug.socket"]
        raw.sendall(SWITCH)
        raw.close()
        raw.close()
        go_on.wait(PATIENCE)
        return text("")

    with running(FunctionHandler(view), poller=poller) as server, server.connect() as sock:
        upgraded(sock)
        assert read_to_end(sock) == b""
        go_on.set()


def test_thread_of_the_program_ends_when_its_view_has_returned(poller: str) -> None:
    ended = threading.Event()

    def read(raw: Any) -> None:
        try:
            while raw.recv(100):
                pass
        except OSError:
            pass
        ended.set()

    def view(exchange: Exchange) -> Answer:
        raw = exchange.environ()["werkzeug.socket"]
        raw.sendall(SWITCH)
        threading.Thread(target=read, args=(raw,)).start()
        return text("")

    with running(FunctionHandler(view), poller=poller) as server, server.connect() as sock:
        upgraded(sock)
        assert read_to_end(sock) == b""
        # The client does not close: it is the server that does.
        assert ended.wait(PATIENCE)


def answered_first(name: str, *arguments: Any) -> Callable[[Exchange], Answer]:
    """Return a view that leaves the socket for a use after the answer."""

    def view(exchange: Exchange) -> Answer:
        if exchange.target == b"/":
            kept.append(exchange.environ()["werkzeug.socket"])
            return text("answered")
        with pytest.raises(RuntimeError, match="after its request was answered"):
            getattr(kept[0], name)(*arguments)
        return text("refused")

    kept: list[Any] = []
    return view


@pytest.mark.parametrize("use", [("recv", 1), ("sendall", b""), ("fileno",), ("close",)])
def test_socket_is_refused_when_its_request_is_answered(poller: str, use: tuple[Any, ...]) -> None:
    view = FunctionHandler(answered_first(*use))
    with running(view, poller=poller) as server, Client(server.connect()) as client:
        assert client.get("/", UPGRADE).body == b"answered"
        assert client.get("/then").body == b"refused"


def test_addresses_may_be_asked_for_without_taking_the_socket(poller: str) -> None:
    def view(exchange: Exchange) -> Answer:
        return text(str(exchange.environ()["werkzeug.socket"].getsockname()[1]))

    with (
        running(FunctionHandler(view), poller=poller) as server,
        Client(server.connect()) as client,
    ):
        assert client.get("/", UPGRADE).body == str(server.port).encode()


def test_socket_can_be_waited_for_and_made_a_file(poller: str) -> None:
    def view(exchange: Exchange) -> Answer:
        raw = exchange.environ()["werkzeug.socket"]
        raw.sendall(SWITCH)
        readable, _, _ = select.select([raw], [], [], PATIENCE)
        buffer = bytearray(3)
        count = raw.recv_into(buffer) if readable else 0
        raw.makefile("wb", buffering=0).write(bytes(buffer[:count]))
        return text("")

    with running(FunctionHandler(view), poller=poller) as server, server.connect() as sock:
        upgraded(sock)
        sock.sendall(b"tea")
        assert read_to_end(sock) == b"tea"


def test_access_log_says_101_when_a_connection_was_taken(
    poller: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        running(FunctionHandler(shout), poller=poller, access_log="common") as server,
        server.connect() as sock,
    ):
        upgraded(sock)
    assert '"GET /shout HTTP/1.1" 101 ' in capfd.readouterr().err

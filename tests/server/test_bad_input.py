"""Whatever arrives on the socket: a status that says why, and no harm to anybody else."""

from __future__ import annotations

import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.serving import PATIENCE, Running, read_to_end, running
from tests.support.wire import LIMITS, WireCase, cut, damaged_wires, read_cases, ways_to_cut

REFUSAL = re.compile(
    rb"HTTP/1\.1 (?P<status>\d{3}) [A-Za-z -]+\r\n(?:[!-9;-~]+: [^\r\n]*\r\n)+\r\n"
    rb"(?P=status) [A-Za-z -]+: [^\r\n]+\n"
)
GOOD = b"GET /good HTTP/1.1\r\nHost: a.example\r\n\r\n"
PROMPT = {"header_timeout": 0.3, "idle_timeout": 0.3, "body_timeout": 0.3, "write_timeout": 0.3}
"""Timeouts in seconds that a test can wait for."""


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return [environ["REQUEST_METHOD"].encode(), b" ", environ["RAW_URI"].encode("latin-1"), body]


@pytest.fixture(scope="module", params=["epoll", "selectors"])
def server(request: pytest.FixtureRequest) -> Iterator[Running]:
    with running(application, poller=request.param, **LIMITS) as server:
        yield server


@pytest.fixture
def bystander(server: Running) -> Iterator[socket.socket]:
    """A connection opened before the bad input, which is served after it."""
    with server.connect() as connection:
        exchange_good(connection)
        yield connection
        exchange_good(connection)


def exchange_good(connection: socket.socket) -> None:
    connection.sendall(GOOD)
    received = b""
    while not received.endswith(b"\r\n0\r\n\r\n"):
        piece = connection.recv(65536)
        assert piece, received
        received += piece
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"/good" in received


def converse(server: Running, pieces: list[bytes]) -> bytes:
    """Send pieces as packets of their own and return the answer up to its end."""
    with server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the server has refused and closed; its answer must have come nevertheless
        return read_to_end(connection)


def warnings_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.usefixtures("bystander")
@pytest.mark.parametrize("case", read_cases("invalid"), ids=lambda case: case.name)
def test_invalid_wire_is_refused_in_one_line(
    server: Running, case: WireCase, caplog: pytest.LogCaptureFixture
) -> None:
    for way, pieces in ways_to_cut(case.data, case.name).items():
        caplog.clear()
        answer = converse(server, pieces)
        refusal = REFUSAL.search(answer)
        assert refusal is not None, (way, answer)
        assert refusal.end() == len(answer), way
        assert int(refusal["status"]) == case.expected, way
        assert b"\r\nConnection: close\r\n" in refusal[0]
        assert len(warnings_in(caplog)) == 1, way
        # What came before the fault was answered, and nothing else.
        assert answer.count(b"HTTP/1.1 200") == case.name.endswith("after_a_request"), way


@pytest.mark.usefixtures("bystander")
@pytest.mark.parametrize("case", read_cases("valid"), ids=lambda case: case.name)
def test_valid_wire_is_answered_request_by_request(
    server: Running, case: WireCase, caplog: pytest.LogCaptureFixture
) -> None:
    assert isinstance(case.expected, list)
    for way, pieces in ways_to_cut(case.data, case.name).items():
        answer = converse(server, pieces)
        assert answer.count(b"HTTP/1.1 200 OK\r\n") == len(case.expected), (way, answer)
        at = 0
        for method, target, body in case.expected:
            for expected in (method.encode(), target.encode("latin-1"), body):
                at = answer.index(expected, at)
    assert warnings_in(caplog) == []


@pytest.mark.usefixtures("bystander")
@pytest.mark.parametrize("case", read_cases("valid"), ids=lambda case: case.name)
def test_client_may_leave_at_any_time(
    server: Running, case: WireCase, caplog: pytest.LogCaptureFixture
) -> None:
    for end in range(0, len(case.data), max(len(case.data) // 10, 1)):
        with server.connect() as connection:
            connection.sendall(case.data[:end])
    assert warnings_in(caplog) == []


@pytest.mark.usefixtures("bystander")
@pytest.mark.parametrize(
    ("start", "endless", "status"),
    [
        pytest.param(b"", b"\r\n", 431, id="empty lines"),
        pytest.param(b"GET /", b"a", 414, id="target"),
        pytest.param(GOOD[:-2] + b"X-A: ", b"a", 431, id="field value"),
        pytest.param(GOOD[:-2], b"a", 431, id="field name"),
        pytest.param(GOOD[:-2], b"X-A: a\r\n", 431, id="field lines"),
        pytest.param(
            GOOD[:-2] + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a", 400, id="chunk extension"
        ),
        pytest.param(
            GOOD[:-2] + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-A: a\r\n", 400, id="trailer"
        ),
        pytest.param(GOOD[:-2] + b"Content-Length: 99999999\r\n\r\n", b"a", 413, id="length"),
        pytest.param(
            GOOD[:-2] + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", 413, id="chunks"
        ),
    ],
)
def test_what_never_ends_is_refused_readably(
    server: Running, start: bytes, endless: bytes, status: int
) -> None:
    answer = converse(server, [start] + [endless * (65536 // len(endless))] * 16)
    refusal = REFUSAL.fullmatch(answer)
    assert refusal is not None, answer
    assert int(refusal["status"]) == status


def test_refused_head_gets_no_content(server: Running) -> None:
    wire = b"HEAD / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"
    for pieces in ways_to_cut(wire, "head").values():
        answer = converse(server, pieces)
        assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert answer.endswith(b"\r\n\r\n")


# The server is the same for all examples: that is the point.
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(wire=damaged_wires() | st.binary(max_size=200), places=st.sets(st.integers(1, 200)))
def test_damaged_wire_harms_nobody(
    server: Running,
    bystander: socket.socket,
    caplog: pytest.LogCaptureFixture,
    wire: bytes,
    places: set[int],
) -> None:
    answer = converse(server, cut(wire, sorted(place for place in places if place < len(wire))))
    assert answer == b"" or answer.startswith(b"HTTP/1.1 ")
    exchange_good(bystander)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.usefixtures("bystander")
def test_many_pipelined_requests_are_answered_in_order(server: Running) -> None:
    count = 2000
    wire = b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(count))
    with server.connect() as connection:
        sender = threading.Thread(target=connection.sendall, args=(wire,))
        sender.start()
        received = b""
        while received.count(b"\r\n0\r\n\r\n") < count:
            piece = connection.recv(65536)
            assert piece
            received += piece
        sender.join()
    answered = re.findall(rb"/(\d+)\r\n", received)
    assert answered == [b"%d" % number for number in range(count)]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"GET / HT", 408, id="request line"),
        pytest.param(GOOD[:-2], 408, id="head"),
        pytest.param(GOOD[:-2] + b"Content-Length: 5\r\n\r\nhe", 408, id="body"),
        pytest.param(
            GOOD[:-2] + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhe", 408, id="chunked body"
        ),
    ],
)
def test_client_that_stops_halfway_is_told(sent: bytes, status: int) -> None:
    with running(application, **PROMPT) as server, server.connect() as slow:
        slow.sendall(sent)
        answer = read_to_end(slow)
        assert b"HTTP/1.1 %d " % status in answer
        assert answer.endswith(b".\n")


@pytest.mark.parametrize("sent", [b"", GOOD], ids=["new", "after a request"])
def test_connection_that_stays_silent_is_closed_without_a_word(sent: bytes) -> None:
    with running(application, **PROMPT) as server, server.connect() as silent:
        silent.sendall(sent)
        answer = read_to_end(silent)
        assert answer.count(b"HTTP/1.1") == bool(sent)


def test_head_that_comes_in_drops_is_refused_when_its_time_is_over() -> None:
    with running(application, **PROMPT) as server, server.connect() as slow:
        slow.settimeout(0.02)
        answer = b""
        deadline = time.monotonic() + PATIENCE
        for byte in GOOD * 20:
            assert time.monotonic() < deadline
            try:
                slow.sendall(bytes([byte]))
                answer = slow.recv(1000)
            except TimeoutError:
                continue
            except OSError:
                break
            if answer:
                break
        assert answer.startswith(b"HTTP/1.1 408 ")


class Endless:
    """A body that never ends and tells when it is closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield bytes(65536)

    def close(self) -> None:
        self.closed.set()


def test_client_that_does_not_read_is_given_up() -> None:
    body = Endless()

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/good":
            return application(environ, start_response)
        start_response("200 OK", [])
        return body

    with running(app, **PROMPT) as server, server.connect() as greedy:
        greedy.sendall(GOOD.replace(b"/good", b"/endless"))
        with server.connect() as other:
            exchange_good(other)
        assert body.closed.wait(PATIENCE)


def test_slow_clients_hold_up_nobody() -> None:
    with running(application, threads=2) as server:
        slow = [server.connect() for _ in range(100)]
        try:
            for number, connection in enumerate(slow):
                if number % 2:
                    connection.sendall(GOOD[:20])
                else:
                    connection.sendall(GOOD[:-2] + b"Content-Length: 5\r\n\r\nhe")
            with server.connect() as good:
                exchange_good(good)
        finally:
            for connection in slow:
                connection.close()

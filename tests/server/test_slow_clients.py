"""Hundreds of slow clients at once: the good ones are answered, and memory stays bounded."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support.http_client import Client
from tests.support.programs import Program
from tests.support.serving import PATIENCE

pytestmark = pytest.mark.parametrize("poller", ["epoll", "selectors"])

CROWD = 200
"""Slow clients of one kind: more than a server could have threads for by chance."""

THREADS = 4

PROGRAM = """
import sys
from samovar import App, request
from samovar.handler import AppHandler
from samovar.server import Settings, run

app = App("program")
LARGE = b"x" * 300_000

@app.get("/")
def hello():
    return "hello"

@app.get("/large")
def large():
    return LARGE

@app.get("/stream")
def stream():
    return (b"x" * 10_000 for _ in range(1000))

@app.post("/echo")
def echo():
    return request.get_data()

settings = Settings(port=0, access_log="off", poller="{poller}", threads={threads})
ready = lambda addresses: print("at http://127.0.0.1:%d" % addresses[0][1], flush=True)
sys.exit(run(lambda: AppHandler(app), settings, on_ready=ready))
"""

LINK = re.compile(r"at http://127\.0\.0\.1:(\d+)")

GET = "GET {} HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture
def server(poller: str) -> Iterator[Program]:
    """A server of its own, whose memory can be looked at."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(poller=poller, threads=THREADS)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    program = Program(process)
    try:
        program.port = int(program.wait_for(LINK, PATIENCE * 3)[1])
        yield program
    finally:
        program.stop()


def connect(server: Program, receive_buffer: int = 0) -> Client:
    """Open a connection; with a small receive buffer it holds little that it does not read."""
    sock = socket.socket()
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(PATIENCE)
    sock.connect(("127.0.0.1", server.port))
    return Client(sock)


def memory(server: Program) -> int:
    """Return the resident memory of the server in bytes."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def crowd(server: Program, begin: Callable[[Client], None]) -> Iterator[list[Client]]:
    """Have many clients begin something that they do not go on with."""
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(server, 4096)) for _ in range(CROWD)]
        for client in clients:
            begin(client)
        yield clients


def begin_head(client: Client) -> None:
    client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")


def begin_body(client: Client) -> None:
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345")


def begin_large_body(client: Client) -> None:
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n" + "x" * 10_000)


def do_not_read(client: Client) -> None:
    client.send(GET.format("/large"))


def do_not_read_stream(client: Client) -> None:
    client.send(GET.format("/stream"))


@pytest.mark.parametrize(
    "begin", [begin_head, begin_body, begin_large_body, do_not_read, do_not_read_stream]
)
def test_good_clients_are_answered_beside_slow_ones(
    server: Program, begin: Callable[[Client], None]
) -> None:
    with crowd(server, begin):
        for _ in range(20):
            with connect(server) as good:
                assert good.get().body == b"hello"
                good.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
                assert good.read().body == b"abc"
                assert len(good.get("/large").body) == 300_000


def test_slow_clients_are_answered_when_they_go_on(server: Program) -> None:
    with crowd(server, begin_head) as heads, crowd(server, begin_body) as bodies:
        for client in heads:
            client.send("y\r\n\r\n")
        for client in bodies:
            client.send("67890")
        assert {client.read().body for client in heads} == {b"hello"}
        assert {client.read().body for client in bodies} == {b"1234567890"}


def test_slow_readers_get_everything_when_they_read(server: Program) -> None:
    with crowd(server, do_not_read) as clients:
        assert {len(client.read().body) for client in clients} == {300_000}


def test_pipeline_that_is_not_read_is_not_taken_either(server: Program) -> None:
    """A client that sends requests and reads no replies fills its own buffers, not ours."""
    with connect(server, 4096) as good, connect(server, 4096) as greedy:
        assert good.get().body == b"hello"
        before = memory(server)
        greedy.sock.settimeout(0.5)
        sent = 0
        requests = (GET.format("/large") * 1000).encode()
        with pytest.raises(TimeoutError):
            while sent < 1 << 30:
                sent += greedy.sock.send(requests)
        assert good.get().body == b"hello"
        assert memory(server) - before < 8 << 20


@pytest.mark.parametrize("begin", [do_not_read, do_not_read_stream])
def test_readers_that_are_slow_hold_little_memory(
    server: Program, begin: Callable[[Client], None]
) -> None:
    with connect(server) as good:
        good.get()
        good.get("/large")
        before = memory(server)
        with crowd(server, begin):
            assert good.get().body == b"hello"
            # All of them share the page; what a stream has made and not sent is one piece each.
            assert memory(server) - before < 20 << 20

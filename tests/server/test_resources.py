"""A server that runs out of what the system gives it: descriptors, room on a disk."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support.http_client import Client
from tests.support.programs import Program
from tests.support.serving import PATIENCE

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="this system has no such limits"),
    pytest.mark.parametrize("poller", ["epoll", "selectors"]),
]

PROGRAM = """
import os, resource, sys, threading, time
from samovar import App, request
from samovar.handler import AppHandler
from samovar.server import Settings, run

app = App("program")

@app.get("/")
def hello():
    return "hello"

@app.get("/async")
async def async_hello():
    return "async hello"

@app.post("/upload")
def upload():
    return str(len(request.get_data()))

@app.get("/descriptors")
def descriptors():
    return str(len(os.listdir("/proc/self/fd")))

@app.get("/no-more-threads")
def have_no_more_threads():
    # The next one would need more memory than the process may have.
    threading.stack_size(1 << 30)
    pages = int(open("/proc/self/statm").read().split()[0])
    most = pages * resource.getpagesize() + (200 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    return ""

@app.get("/slow")
def slow():
    time.sleep(0.2)
    return "slow"

resource.setrlimit(resource.RLIMIT_{limit})
settings = Settings(port=0, access_log="off", poller="{poller}", max_memory_body=100_000)
ready = lambda addresses: print("at http://127.0.0.1:%d" % addresses[0][1], flush=True)
sys.exit(run(lambda: AppHandler(app), settings, on_ready=ready))
"""

LINK = re.compile(r"at http://127\.0\.0\.1:(\d+)")


@contextmanager
def limited(poller: str, limit: str, folder: Path) -> Iterator[Program]:
    """Serve a program that has limited itself; its temporary files are in the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(limit=limit, poller=poller)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    program = Program(process)
    try:
        program.port = int(program.wait_for(LINK, PATIENCE * 3)[1])
        yield program
    finally:
        program.stop()


def connect(program: Program) -> Client:
    return Client(socket.create_connection(("127.0.0.1", program.port), timeout=PATIENCE * 3))


def processor_seconds(program: Program) -> float:
    numbers = Path(f"/proc/{program.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def test_connections_wait_while_there_are_no_descriptors(poller: str, tmp_path: Path) -> None:
    with limited(poller, "NOFILE, (40, 40)", tmp_path) as program, connect(program) as good:
        assert good.get().body == b"hello"
        with ExitStack() as stack:
            crowd = [stack.enter_context(connect(program)) for _ in range(60)]
            program.wait_for(re.compile("Accepting no connections for now"), PATIENCE)
            # Who is in is served, also by what needs descriptors of its own, in the end.
            assert good.get().body == b"hello"
            used, since = processor_seconds(program), time.monotonic()
            crowd[-1].send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            crowd[-1].sock.settimeout(1.5)
            with pytest.raises(TimeoutError):
                crowd[-1].sock.recv(1)
            # Whoever spins takes all the time there is.
            assert processor_seconds(program) - used < (time.monotonic() - since) / 2
            assert good.get().body == b"hello"
            crowd[-1].sock.settimeout(PATIENCE)
            for client in crowd[:-1]:
                client.close()
            assert crowd[-1].read().body == b"hello"
        assert program.output.count("Accepting no connections") == 1
        assert "Traceback" not in program.output


def test_async_view_waits_while_there_are_no_descriptors(poller: str, tmp_path: Path) -> None:
    with limited(poller, "NOFILE, (40, 40)", tmp_path) as program, connect(program) as good:
        assert good.get().body == b"hello"
        with ExitStack() as stack:
            for _ in range(60):
                stack.enter_context(connect(program))
            program.wait_for(re.compile("Accepting no connections for now"), PATIENCE)
            good.send("GET /async HTTP/1.1\r\nHost: a\r\n\r\n")
            program.wait_for(re.compile("No asyncio loop can be started for now"), PATIENCE)
        assert good.read().body == b"async hello"
        assert good.get("/async").body == b"async hello"


def test_views_take_turns_where_no_thread_can_be_started(poller: str, tmp_path: Path) -> None:
    with (
        limited(poller, "CORE, (0, 0)", tmp_path) as program,
        connect(program) as one,
        connect(program) as other,
    ):
        assert one.get("/no-more-threads").status == 200
        for client in (one, other):
            client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        assert [one.read().body, other.read().body] == [b"slow", b"slow"]
        assert one.get().body == b"hello"
        assert program.output.count("No further thread can be started for views") == 1
        assert "Traceback" not in program.output


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_full_disk_is_answered_with_507_and_nothing_is_left(
    poller: str, framing: str, tmp_path: Path
) -> None:
    # Beyond this size the system refuses to write to a file, as it does on a full disk.
    with limited(poller, "FSIZE, (300_000, 300_000)", tmp_path) as program:
        with connect(program) as client:
            before = client.get("/descriptors").body
        for _ in range(3):
            with connect(program) as client:
                send_upload(client, 500_000, framing)
                assert client.read().status == 507
        with connect(program) as client:
            send_upload(client, 200_000, framing)
            assert client.read().body == b"200000"
            assert client.get("/descriptors").body == before
        assert list(tmp_path.iterdir()) == []
        assert "Traceback" not in program.output


def send_upload(client: Client, size: int, framing: str) -> None:
    start = "POST /upload HTTP/1.1\r\nHost: a\r\n"
    if framing == "length":
        client.send(f"{start}Content-Length: {size}\r\n\r\n")
        client.send(b"x" * size)
    else:
        client.send(f"{start}Transfer-Encoding: chunked\r\n\r\n")
        client.send(b"%x\r\n%b\r\n0\r\n\r\n" % (size, b"x" * size))

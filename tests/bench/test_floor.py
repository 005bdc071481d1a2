"""The floor has to answer each head exactly once, or every ratio would be wrong."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.model import BENCH, FLOOR
from bench.peers import PEERS
from bench.serving import serving

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

pytestmark = pytest.mark.skipif(
    not (shutil.which("cc") and shutil.which("taskset")), reason="needs a C compiler and taskset"
)


@pytest.fixture
def floor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    monkeypatch.setattr("bench.serving.CACHE", tmp_path)
    subprocess.run(["cc", "-o", tmp_path / "floor", BENCH / "floor.c"], check=True)
    (peer,) = (peer for peer in PEERS if peer.name == FLOOR)
    with (
        serving(peer, core=0, variant="plain", threads=1) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as client,
    ):
        yield client


def answers(client: socket.socket) -> int:
    """Return how many answers come until the server has seen that we are done."""
    client.shutdown(socket.SHUT_WR)
    received = b"".join(iter(lambda: client.recv(65536), b""))
    return received.count(b"Hello, World!")


def test_one_answer_for_one_head(floor: socket.socket) -> None:
    floor.sendall(HEAD)
    assert answers(floor) == 1


def test_each_pipelined_head_is_answered(floor: socket.socket) -> None:
    floor.sendall(HEAD * 5)
    assert answers(floor) == 5


def test_one_answer_when_the_head_arrives_byte_by_byte(floor: socket.socket) -> None:
    floor.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for n in range(len(HEAD)):
        floor.sendall(HEAD[n : n + 1])
    assert answers(floor) == 1

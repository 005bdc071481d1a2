"""The floor has to answer each head exactly once, or every ratio would be wrong."""

import socket
from collections.abc import Iterator

import pytest

from bench.serving import Running

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def client(floor: Running) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", floor.port), timeout=10) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield client


def answers(client: socket.socket) -> int:
    """Return how many answers come until the server has seen that we are done."""
    client.shutdown(socket.SHUT_WR)
    received = b"".join(iter(lambda: client.recv(65536), b""))
    return received.count(b"Hello, World!")


def test_one_answer_for_one_head(client: socket.socket) -> None:
    client.sendall(HEAD)
    assert answers(client) == 1


def test_each_pipelined_head_is_answered(client: socket.socket) -> None:
    client.sendall(HEAD * 5)
    assert answers(client) == 5


def test_one_answer_when_the_head_arrives_byte_by_byte(client: socket.socket) -> None:
    for n in range(len(HEAD)):
        client.sendall(HEAD[n : n + 1])
    assert answers(client) == 1


def test_no_answer_before_the_head_has_ended(client: socket.socket) -> None:
    client.sendall(HEAD[:-1])
    assert answers(client) == 0

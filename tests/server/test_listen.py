"""Where the server listens, and what it says where it cannot."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from samovar.server import listen
from samovar.server.listen import HostUnknown, PortForbidden, PortTaken, bind
from samovar.server.port_holder import Holder, find_holder
from samovar.server.settings import Settings

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")


@contextmanager
def bound(host: str, port: int = 0) -> Iterator[list[socket.socket]]:
    sockets = bind(Settings(host=host, port=port))
    try:
        yield sockets
    finally:
        for listening in sockets:
            listening.close()


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "", "0.0.0.0"])
def test_host_can_be_connected_to(host: str) -> None:
    with bound(host) as sockets:
        port = sockets[0].getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass


def test_sockets_do_not_block_and_are_not_inherited() -> None:
    with bound("localhost") as sockets:
        for listening in sockets:
            assert listening.getblocking() is False
            assert listening.get_inheritable() is False


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("host", ["", "::1", "[::1]", "::"])
def test_ipv6_is_listened_on_too(host: str) -> None:
    with bound(host) as sockets:
        port = sockets[0].getsockname()[1]
        assert {listening.getsockname()[1] for listening in sockets} == {port}
        with socket.create_connection(("::1", port), timeout=5):
            pass


def test_port_of_a_stopped_server_is_free_at_once() -> None:
    with bound("127.0.0.1") as sockets:
        port = sockets[0].getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port), timeout=5)
        sockets[0].setblocking(True)
        served, _ = sockets[0].accept()
        served.close()  # our side closes first and has to keep TIME_WAIT
        assert client.recv(1) == b""
        client.close()
    with bound("127.0.0.1", port):
        pass


def test_taken_port_names_a_free_one() -> None:
    with bound("127.0.0.1") as sockets:
        port = sockets[0].getsockname()[1]
        with pytest.raises(PortTaken) as caught:
            bind(Settings(host="127.0.0.1", port=port))
        error = caught.value
        assert (error.host, error.port) == ("127.0.0.1", port)
        assert f"Port {port} is taken" in str(error)
        assert error.suggestion is not None
        assert f"--port {error.suggestion}" in str(error)
        with bound("127.0.0.1", error.suggestion):
            pass


@linux
def test_taken_port_names_its_holder() -> None:
    with bound("127.0.0.1") as sockets:
        port = sockets[0].getsockname()[1]
        with pytest.raises(PortTaken) as caught:
            bind(Settings(host="127.0.0.1", port=port))
        assert f"(pid {os.getpid()})" in caught.value.holder
        assert f"kill {os.getpid()}" in str(caught.value)


@linux
def test_nobody_holds_a_free_port() -> None:
    with bound("127.0.0.1") as sockets:
        port = sockets[0].getsockname()[1]
        assert find_holder(port) is not None
    assert find_holder(port) is None


def test_airplay_is_named_on_macos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    holder = find_holder(5000)
    assert holder is not None
    assert "AirPlay" in str(holder)
    assert "AirDrop & Handoff" in str(PortTaken("127.0.0.1", 5000, holder, 5001))
    assert find_holder(5001) is None


def test_message_needs_neither_holder_nor_suggestion() -> None:
    assert "by another program" in str(PortTaken("127.0.0.1", 5000, None, None))
    assert str(Holder("launchd", None)) == "launchd"


def test_reserved_port_names_one_that_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **named: object) -> socket.socket:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(listen, "_bind_one", refuse)
    with pytest.raises(PortForbidden, match="--port 8080"):
        bind(Settings(port=80))
    with pytest.raises(PortForbidden, match="--port 8443"):
        bind(Settings(port=443))


@pytest.mark.parametrize("host", ["no-such-host.invalid", "256.0.0.1", "a..b", "192.0.2.1"])
def test_unknown_host_is_told_with_what_to_write(host: str) -> None:
    with pytest.raises(HostUnknown, match=r"--host 127\.0\.0\.1") as caught:
        bind(Settings(host=host, port=0))
    assert caught.value.host == host
    assert repr(host) in str(caught.value)


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_all_sockets_are_closed_when_one_address_is_taken() -> None:
    with bound("::1") as sockets:
        port = sockets[0].getsockname()[1]
        with pytest.raises(PortTaken):
            bind(Settings(host="", port=port))
        with bound("127.0.0.1", port):
            pass

"""Where --bind leads: several ports, Unix sockets, and descriptors that were passed."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from samovar.server import PortTaken, Settings
from samovar.server.listen import NotListening, bind, close_all
from samovar.server.place import Descriptor, HostPort, Place, UnixPath, parse_place
from samovar.server.unix_socket import PathUnfit, SocketTaken
from tests.support.serving import PATIENCE, read_to_end, running

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")

REQUEST = b"GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n"


def who(environ: dict[str, str], start_response: object) -> list[bytes]:
    assert callable(start_response)
    start_response("200 OK", [])
    names = ("REMOTE_ADDR", "SERVER_NAME", "SERVER_PORT")
    return [repr([environ[name] for name in names]).encode()]


def ask(address: str | tuple[str, int]) -> bytes:
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family) as client:
        client.settimeout(PATIENCE)
        client.connect(address)
        client.sendall(REQUEST)
        return read_to_end(client)


@contextmanager
def bound(*places: str, unix_mode: int = 0o660) -> Iterator[list[socket.socket]]:
    sockets = bind(Settings(bind=places, unix_mode=unix_mode))
    try:
        yield sockets
    finally:
        close_all(sockets)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("127.0.0.1:8000", HostPort("127.0.0.1", 8000)),
        (":8000", HostPort("", 8000)),
        ("[::1]:8000", HostPort("::1", 8000)),
        ("localhost:0", HostPort("localhost", 0)),
        ("unix:/run/shop.sock", UnixPath("/run/shop.sock")),
        ("unix:shop.sock", UnixPath("shop.sock")),
        ("unix:///run/shop.sock", UnixPath("/run/shop.sock")),
        ("fd://3", Descriptor("3")),
        ("fd://web", Descriptor("web")),
    ],
)
def test_place_is_read_as_it_is_meant(text: str, place: Place) -> None:
    assert parse_place(text) == place


@pytest.mark.parametrize(
    "text", ["", "8000", "localhost", "::1:8000", "a:b", "a:70000", "unix:", "fd://", "a:²"]
)
def test_place_without_meaning_is_told_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        Settings(bind=(text,))


def test_several_places_are_all_served(tmp_path: Path) -> None:
    path = str(tmp_path / "shop.sock")
    with running(who, bind=("127.0.0.1:0", f"unix:{path}", "127.0.0.1:0")) as server:
        first, unix, second = server.server.addresses
        assert b"200 OK" in ask(first)
        assert b"200 OK" in ask(second)
        assert first[1] != second[1]
        assert unix == path
        assert b"['', 'localhost', '80']" in ask(path)


@pytest.mark.parametrize("mode", [0o600, 0o660, 0o666])
def test_unix_socket_has_its_mode_and_is_removed_at_the_end(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "shop.sock"
    with running(who, bind=(f"unix:{path}",), unix_mode=mode):
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert not path.exists()


def test_socket_that_a_killed_process_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "shop.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    assert path.exists()
    with running(who, bind=(f"unix:{path}",)):
        assert b"200 OK" in ask(str(path))


def test_socket_of_a_running_server_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "shop.sock"
    with running(who, bind=(f"unix:{path}",)):
        with pytest.raises(SocketTaken, match=r"shop\.sock"):
            bind(Settings(bind=(f"unix:{path}",)))
        assert b"200 OK" in ask(str(path))


def test_socket_that_another_process_listens_on_stays(tmp_path: Path) -> None:
    path = tmp_path / "shop.sock"
    with bound(f"unix:{path}") as (ours,):
        theirs = ours.dup()
        close_all([ours])
        assert path.exists()
        close_all([theirs])
        assert not path.exists()


def test_file_that_is_no_socket_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("precious")
    with pytest.raises(PathUnfit, match="something else than a socket"):
        bind(Settings(bind=(f"unix:{path}",)))
    assert path.read_text() == "precious"


@pytest.mark.parametrize("name", ["no-such-folder/shop.sock", "s" * 108])
def test_path_that_cannot_be_a_socket_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(PathUnfit, match="Cannot listen at"):
        bind(Settings(bind=(f"unix:{tmp_path / name}",)))


def test_all_places_are_given_back_when_one_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "shop.sock"
    with bound("127.0.0.1:0") as (taken,):
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=r"--bind 127\.0\.0\.1:\d+"):
            bind(Settings(bind=(f"unix:{path}", f"127.0.0.1:{port}")))
    assert not path.exists()


def test_descriptor_is_served_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        number = listening.detach()
    with running(who, bind=(f"fd://{number}",)) as server:
        assert b"200 OK" in ask(("127.0.0.1", server.port))
        assert not os.get_inheritable(number)


def test_descriptor_that_does_not_listen_is_told() -> None:
    with socket.socket() as silent, open(os.devnull) as file:
        for number in (silent.fileno(), file.fileno(), 9999):
            with pytest.raises(NotListening, match=f"fd://{number} cannot be listened on"):
                bind(Settings(bind=(f"fd://{number}",)))
        silent.getsockname()  # it is still open: it was not ours to close


PROGRAM = """
import os, sys
os.environ["LISTEN_PID"] = str(os.getpid())
from samovar.server import Settings, run
from samovar.server.wsgi import WSGIHandler

def application(environ, start_response):
    start_response("200 OK", [])
    return [",".join(name for name in os.environ if name.startswith("LISTEN_")).encode()]

def say_ready(addresses):
    os.write(1, b"%d\\n" % len(addresses))

settings = Settings(port=0, access_log="off", workers={workers}, bind={bind!r})
sys.exit(run(lambda: WSGIHandler(application), settings, on_ready=say_ready))
"""


@contextmanager
def activated(
    listeners: list[socket.socket], notify: str = "", workers: int = 1, bind: tuple[str, ...] = ()
) -> Iterator[subprocess.Popen[str]]:
    """Start a program as systemd does, with sockets from descriptor 3 on."""
    names = [f"web{number}" for number in range(len(listeners))]
    variables = {
        "LISTEN_FDS": str(len(listeners)),
        "LISTEN_FDNAMES": ":".join(names),
        "NOTIFY_SOCKET": notify,
    }
    moved = [os.dup(listener.fileno()) for listener in listeners]
    shell = "".join(f" {3 + at}<&{fd}" for at, fd in enumerate(moved))
    shell += "".join(f" {fd}<&-" for fd in moved if fd >= 3 + len(moved))
    program = PROGRAM.format(workers=workers, bind=bind)
    with subprocess.Popen(
        ["bash", "-c", f'exec "$@"{shell}', "bash", sys.executable, "-c", program],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=moved,
    ) as process:
        for fd in moved:
            os.close(fd)
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)


def test_sockets_passed_by_systemd_are_served_on(tmp_path: Path) -> None:
    with bound("127.0.0.1:0", f"unix:{tmp_path / 'shop.sock'}") as (port, unix):
        with activated([port, unix]) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "2\n"
            assert ask(port.getsockname()).endswith(b"\r\n\r\n")  # no variable is left
            assert b"200 OK" in ask(unix.getsockname())
        assert (tmp_path / "shop.sock").exists()


def test_socket_passed_by_systemd_is_chosen_by_its_name() -> None:
    with (
        bound("127.0.0.1:0", "127.0.0.1:0") as (first, second),
        activated([first, second], bind=("fd://web1",)) as process,
    ):
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        assert b"200 OK" in ask(second.getsockname())


def test_sockets_meant_for_another_process_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_FDS", "1")
    monkeypatch.setenv("LISTEN_PID", str(os.getppid()))
    sockets = bind(Settings(port=0))
    close_all(sockets)
    assert [listening.family for listening in sockets] == [socket.AF_INET]


@pytest.mark.parametrize("workers", [1, 2])
def test_systemd_is_told_when_the_service_is_ready_and_when_it_stops(
    tmp_path: Path, workers: int
) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified, bound("127.0.0.1:0") as own:
        notified.bind(address)
        notified.settimeout(PATIENCE)
        with activated(own, notify=address, workers=workers) as process:
            assert notified.recv(4096) == b"READY=1\nMAINPID=%d" % process.pid
            assert b"200 OK" in ask(own[0].getsockname())
        assert notified.recv(4096) == b"STOPPING=1"


def test_systemd_is_told_when_workers_are_replaced(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified, bound("127.0.0.1:0") as own:
        notified.bind(address)
        notified.settimeout(PATIENCE)
        with activated(own, notify=address, workers=2) as process:
            assert notified.recv(4096).startswith(b"READY=1\n")
            process.send_signal(signal.SIGHUP)
            assert notified.recv(4096).startswith(b"RELOADING=1\nMONOTONIC_USEC=")
            assert notified.recv(4096).startswith(b"READY=1\n")
            assert b"200 OK" in ask(own[0].getsockname())


@pytest.mark.parametrize("workers", [1, 2])
def test_systemds_watchdog_hears_that_the_service_is_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    address = str(tmp_path / "notify")
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified, bound("127.0.0.1:0") as own:
        notified.bind(address)
        notified.settimeout(PATIENCE)
        with activated(own, notify=address, workers=workers):
            said = [notified.recv(4096) for _ in range(4)]
        assert said.count(b"WATCHDOG=1") == 3

"""Workers as operators meet them: replaced, made more and fewer, stopped; real processes."""

from __future__ import annotations

import fcntl
import grp
import http.client
import json
import os
import pty
import pwd
import signal
import socket
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from samovar.server.cores import count_cores
from tests.cli.commands import PATIENCE, Command, command, is_alive, serving, until

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

SERVE = ("-m", "samovar", "run", "program.py", "--access-log", "off")
RUN = (*SERVE, "--port", "0")

PROGRAM = """
import asyncio, os, re, time
from samovar import App, Response

app = App(__name__)
print("loaded by", os.getpid(), flush=True)

@app.get("/")
def who():
    return f"VERSION {os.getpid()}"

@app.get("/slow")
def slow():
    print("slow begins", flush=True)
    time.sleep(1)
    return "slow ends"

@app.get("/hog")
def hog_the_interpreter():
    return str(re.match("(a+)+$", "a" * 60 + "b"))

@app.get("/events")
def events():
    def make():
        try:
            while True:
                yield "data: x\\n\\n"
                time.sleep(0.01)
        finally:
            print("events closed", flush=True)
    return Response(make(), mimetype="text/event-stream")

@app.get("/async-events")
async def async_events():
    async def make():
        try:
            yield b"data: x\\n\\n"
            await asyncio.sleep(1000)
        finally:
            print("async events closed", flush=True)
    return make(), {"Content-Type": "text/event-stream"}

@app.get("/export")
def export():
    def make():
        for number in range(10):
            yield f"{number}\\n"
            time.sleep(0.05)
    return Response(make(), mimetype="text/csv")

@app.get("/endless")
def endless():
    def make():
        while True:
            yield "x"
            time.sleep(0.01)
    return Response(make(), mimetype="text/plain")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_version(tmp_path, "one")
    return tmp_path


def write_version(folder: Path, version: str) -> None:
    """Write the program; its bytecode cache must not hide that it has changed."""
    (folder / "program.py").write_text(PROGRAM.replace("VERSION", version))


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Command]:
    with serving(*RUN, *options, cwd=folder, PYTHONDONTWRITEBYTECODE="1") as server:
        yield server


def who(server: Command) -> tuple[str, int]:
    """Ask for the version of the program and for the process that answers."""
    version, pid = server.ask("/").text.split()
    return version, int(pid)


def workers(server: Command) -> set[int]:
    """Return the processes below the supervisor that have not ended."""
    path = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return {int(pid) for pid in path.read_text().split() if is_alive(int(pid))}


def wait_for_workers(server: Command, fits: Callable[[set[int]], bool]) -> set[int]:
    found: list[set[int]] = []

    def do_fit() -> bool:
        # The system's list of children can leave some out while others end: look again.
        found.append(workers(server))
        return fits(found[-1])

    until(do_fit, lambda: f"{found[-1:]}: {server.output}")
    return found[-1]


class Load:
    """Clients that ask again and again, on connections that stay and on new ones.

    Attributes:
        answers: How many answers came.
        lost: What went wrong.
    """

    def __init__(self, server: Command) -> None:
        self.answers = 0
        self.lost: list[str] = []
        self._port = server.port
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(stay,)) for stay in (0, 1, 1)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def wait_for_answers(self, count: int) -> None:
        """Wait for so many answers from now on."""
        enough = self.answers + count
        until(lambda: self.answers >= enough or bool(self.lost), lambda: "no answers")

    def _ask(self, stay: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        while not self._over.is_set() and not self.lost:
            try:
                connection.request("GET", "/")
                response = connection.getresponse()
                if response.status != 200:
                    self.lost.append(f"{response.status}")
                response.read()
                self.answers += 1
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(repr(error))
            if not stay:
                connection.close()
        connection.close()


# Replacing.


@pytest.mark.parametrize("options", [("--workers", "2"), ("--supervise",)], ids=" ".join)
def test_hangup_brings_new_code_and_loses_no_request(
    folder: Path, options: tuple[str, ...]
) -> None:
    with running(folder, *options) as server, Load(server) as load:
        load.wait_for_answers(20)
        count = 2 if "--workers" in options else 1
        before = wait_for_workers(server, lambda now: len(now) == count)
        write_version(folder, "two")
        server.process.send_signal(signal.SIGHUP)
        after = wait_for_workers(server, lambda now: len(now) == count and not now & before)
        load.wait_for_answers(20)
        assert who(server)[0] == "two"
        assert who(server)[1] in after
        assert load.lost == []


def test_workers_stay_when_their_successors_cannot_load(folder: Path) -> None:
    with running(folder, "--workers", "2") as server:
        before = wait_for_workers(server, lambda now: len(now) == 2)
        for pid in before:
            server.wait_for_output(f"loaded by {pid}")
        (folder / "program.py").write_text("import no_such_module")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_output("No worker is replaced for now: those of before go on")
        assert "No module named 'no_such_module'" in server.output
        wait_for_workers(server, lambda now: now == before)
        write_version(folder, "two")
        server.process.send_signal(signal.SIGHUP)
        wait_for_workers(server, lambda now: len(now) == 2 and not now & before)
        assert who(server)[0] == "two"


def test_request_in_flight_is_finished_by_the_worker_that_leaves(folder: Path) -> None:
    with running(folder, "--supervise") as server:
        answers: list[str] = []
        client = threading.Thread(target=lambda: answers.append(server.ask("/slow").text))
        client.start()
        server.wait_for_output("slow begins")
        server.process.send_signal(signal.SIGHUP)
        client.join()
        assert answers == ["slow ends"]


def test_worker_is_replaced_after_its_requests_and_none_is_lost(folder: Path) -> None:
    options = ("--max-requests", "50", "--max-requests-jitter", "10")
    with running(folder, *options) as server, Load(server) as load:
        (first,) = workers(server)
        (second,) = wait_for_workers(server, lambda now: len(now) == 1 and first not in now)
        wait_for_workers(server, lambda now: len(now) == 1 and second not in now)
        assert load.lost == []


def test_killed_worker_loses_no_request_of_the_others(folder: Path) -> None:
    with running(folder, "--workers", "2") as server:
        victim = who(server)[1]
        with Load(server) as load:
            load.wait_for_answers(20)
            os.kill(victim, signal.SIGKILL)
            server.wait_for_output("was killed by SIGKILL")
        # The clients that it was answering just then saw their connections end.
        assert len(load.lost) <= 3
        wait_for_workers(server, lambda now: len(now) == 2 and victim not in now)
        with Load(server) as load:
            load.wait_for_answers(50)
        assert load.lost == []


def test_stuck_worker_shows_what_it_was_doing_and_is_replaced(folder: Path) -> None:
    with running(folder, "--supervise", "--worker-timeout", "1") as server:
        victim = who(server)[1]
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(b"GET /hog HTTP/1.1\r\nHost: a\r\n\r\n")
            server.wait_for_output("is stuck: its loop has not come round for 1 seconds")
            server.wait_for_output("in hog_the_interpreter")
            server.wait_for_output("was stuck and has been ended; a new one takes its place")
        assert who(server)[1] != victim


def test_worker_whose_threads_are_all_taken_for_too_long_is_stuck(folder: Path) -> None:
    options = ("--supervise", "--worker-timeout", "0.5", "--threads", "1")
    with running(folder, *options) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            server.wait_for_output("is stuck: its loop has not come round for 0.5 seconds")
            server.wait_for_output("in slow")
        assert who(server)[0] == "one"


def test_view_that_takes_long_is_not_stuck(folder: Path) -> None:
    with running(folder, "--supervise", "--worker-timeout", "0.4") as server:
        assert server.ask("/slow").text == "slow ends"
        assert "stuck" not in server.output


# More and fewer.


def test_number_of_workers_changes_while_they_run(folder: Path) -> None:
    with running(folder, "--workers", "2") as server, Load(server) as load:
        before = wait_for_workers(server, lambda now: len(now) == 2)
        server.process.send_signal(signal.SIGTTIN)
        wait_for_workers(server, lambda now: len(now) == 3 and now > before)
        server.process.send_signal(signal.SIGTTOU)
        wait_for_workers(server, lambda now: len(now) == 2)
        server.process.send_signal(signal.SIGTTOU)
        wait_for_workers(server, lambda now: len(now) == 1)
        server.process.send_signal(signal.SIGTTOU)
        load.wait_for_answers(20)
        assert len(workers(server)) == 1
        assert load.lost == []


def test_signals_of_the_supervisor_do_not_end_a_worker(folder: Path) -> None:
    with running(folder, "--supervise") as server:
        (worker,) = workers(server)
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTTIN, signal.SIGTTOU):
            os.kill(worker, number)
        assert who(server)[1] == worker


def test_auto_means_as_many_workers_as_cores(folder: Path) -> None:
    with running(folder, "--workers", "auto", "--supervise") as server:
        wait_for_workers(server, lambda now: len(now) == count_cores())


# Stopping.


@pytest.mark.parametrize("options", [("--workers", "1"), ("--workers", "2")], ids=" ".join)
def test_every_request_is_answered_or_refused_when_stopping(
    folder: Path, options: tuple[str, ...]
) -> None:
    with running(folder, *options) as server:
        with Load(server) as load:
            load.wait_for_answers(50)
            assert server.send(signal.SIGTERM) == 0
        assert [error for error in load.lost if "ConnectionRefusedError" not in error] == []
        assert "Traceback" not in server.output


@pytest.mark.parametrize("options", [("--workers", "1"), ("--workers", "2")], ids=" ".join)
@pytest.mark.parametrize("target", ["/events", "/async-events"])
def test_event_streams_end_at_once_when_stopping(
    folder: Path, options: tuple[str, ...], target: str
) -> None:
    with running(folder, *options, "--graceful-timeout", "600") as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as client:
            client.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            assert b"text/event-stream" in client.recv(65536)
            assert server.send(signal.SIGTERM) == 0
        assert "events closed" in server.output
        assert "Traceback" not in server.output


def test_reply_of_unknown_length_has_time_to_end(folder: Path) -> None:
    with running(folder) as server:
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        client.request("GET", "/export")
        response = client.getresponse()
        server.process.send_signal(signal.SIGTERM)
        assert response.read().split() == [b"%d" % number for number in range(10)]
        client.close()
        assert server.exit_code() == 0


def test_reply_without_end_is_broken_off_after_its_grace(folder: Path) -> None:
    with running(folder, "--stream-grace", "0.2", "--graceful-timeout", "600") as server:
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        client.request("GET", "/endless")
        response = client.getresponse()
        assert server.send(signal.SIGTERM) == 0
        with pytest.raises(http.client.IncompleteRead):
            response.read()
        client.close()


@pytest.mark.parametrize("options", [("--workers", "1"), ("--workers", "2")], ids=" ".join)
def test_requests_that_are_given_up_are_told(folder: Path, options: tuple[str, ...]) -> None:
    with running(folder, *options, "--graceful-timeout", "0.1") as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            server.wait_for_output("slow begins")
            assert server.send(signal.SIGTERM) == 0
        assert "Requests that are given up: 1." in server.output


@pytest.mark.parametrize("options", [("--workers", "1"), ("--workers", "2")], ids=" ".join)
def test_second_signal_ends_it_at_once(folder: Path, options: tuple[str, ...]) -> None:
    patient = ("--graceful-timeout", "600", "--stream-grace", "600")
    with (
        running(folder, *options, *patient) as server,
        socket.create_connection(("127.0.0.1", server.port)) as client,
    ):
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        client.recv(10)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: is_refused(server.port), lambda: "it still listens")
        assert server.process.poll() is None
        assert server.send(signal.SIGTERM) == 0


def is_refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.parametrize("nohup", [False, True], ids=["plain", "nohup"])
def test_server_ends_with_its_terminal_unless_told_not_to(folder: Path, nohup: bool) -> None:
    """A terminal that closes sends SIGHUP too, and nobody wants new workers then."""
    master, slave = pty.openpty()

    def take_terminal() -> None:
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGHUP, signal.SIG_IGN if nohup else signal.SIG_DFL)

    with subprocess.Popen(
        [sys.executable, *RUN, "--workers", "2"],
        cwd=folder,
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=take_terminal,
    ) as process:
        server = Command(process)
        server.wait_for_link()
        before = wait_for_workers(server, lambda now: len(now) == 2)
        os.close(slave)
        os.close(master)
        if nohup:
            server.wait_for_output("The terminal was closed; the server goes on")
            assert who(server)[1] in before
            assert workers(server) == before
            process.send_signal(signal.SIGHUP)  # now it is an operator's
            wait_for_workers(server, lambda now: len(now) == 2 and not now & before)
            process.terminate()
        assert server.exit_code() == 0
        assert not any(map(is_alive, before))


# Loading beforehand, the file with the number, the user.


def test_preloaded_program_is_loaded_once(folder: Path) -> None:
    with running(folder, "--workers", "2", "--preload") as server:
        before = wait_for_workers(server, lambda now: len(now) == 2)
        server.process.send_signal(signal.SIGHUP)
        wait_for_workers(server, lambda now: len(now) == 2 and not now & before)
        assert who(server)[1] in workers(server)
        assert server.output.count("loaded by") == 1


def test_preloaded_program_with_threads_is_warned_about(folder: Path) -> None:
    with (folder / "program.py").open("a") as program:
        program.write("import threading\n")
        program.write("threading.Thread(target=time.sleep, args=(9,), name='mine', daemon=True)")
        program.write(".start()\n")
    with running(folder, "--preload") as server:
        assert "has started threads (mine), which no worker has" in server.output


def test_pidfile_names_the_process_while_it_runs(folder: Path) -> None:
    pidfile = folder / "server.pid"
    pidfile.write_text("999999999\n")  # of a process that is long gone
    with running(folder, "--workers", "2", "--pidfile", "server.pid") as server:
        assert pidfile.read_text() == f"{server.process.pid}\n"
        with command(*RUN, "--pidfile", "server.pid", cwd=folder) as second:
            assert second.exit_code() == 1
            assert f"names process {server.process.pid}, which is running" in second.output
            assert "Traceback" not in second.output
        assert server.send(signal.SIGTERM) == 0
    assert not pidfile.exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can become others")
@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=" ".join)
def test_program_is_loaded_as_the_user_that_was_named(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    # A plain program: the user may have no right to read the rest of Python's library.
    (tmp_path / "program.py").write_text(
        "import os\nloaded = os.getuid()\n"
        "def application(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    ids = [loaded, [*os.getresuid()], [*os.getresgid()], os.getgroups()]\n"
        "    return [f'{ids}|{os.environ[\"HOME\"]}'.encode()]\n"
    )
    for place in (tmp_path, *tmp_path.parents):
        if str(place) != "/" and place.stat().st_uid == 0:
            place.chmod(place.stat().st_mode | 0o055)
    pidfile = tmp_path / "server.pid"
    unix = tmp_path / "server.sock"
    bind = ("--bind", f"unix:{unix}", "--bind", "127.0.0.1:0")
    more = ("--user", "nobody", "--pidfile", "server.pid", *options)
    with serving(*SERVE, *bind, *more, cwd=tmp_path) as server:
        user = pwd.getpwnam("nobody")
        uid, gid = user.pw_uid, user.pw_gid
        groups = [group.gr_gid for group in grp.getgrall() if "nobody" in group.gr_mem]
        said, _, home = server.ask("/").text.partition("|")
        loaded, uids, gids, actual = json.loads(said)
        assert (loaded, uids, gids, home) == (uid, [uid] * 3, [gid] * 3, user.pw_dir)
        assert sorted(actual) == sorted({gid, *groups})
        assert (unix.stat().st_uid, unix.stat().st_gid) == (uid, gid)
        assert server.send(signal.SIGTERM) == 0
    # Nobody may not remove it from this folder, but it names no process any more.
    assert pidfile.read_text() == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--user", "no_such_user"), "There is no user 'no_such_user'"),
        (("--group", "no_such_group"), "There is no group 'no_such_group'"),
    ],
)
def test_unknown_user_is_told_and_nothing_loaded(
    folder: Path, options: tuple[str, ...], words: str
) -> None:
    with command(*RUN, *options, cwd=folder) as failed:
        assert failed.exit_code() == 1
        assert words in failed.output
        assert "loaded by" not in failed.output
        assert "Traceback" not in failed.output

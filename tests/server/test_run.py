"""run(): a server as a process, its signals and its workers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

import pytest

from samovar.server import PortTaken, Settings, run
from samovar.server.listen import bind
from tests.support.serving import PATIENCE

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

PROGRAM = """
import os, sys, time
from samovar.server import Settings, run
from samovar.server.wsgi import WSGIHandler

def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        os.write(1, b"slow\\n")
        time.sleep(0.5)
    start_response("200 OK", [])
    return [str(os.getpid()).encode()]

def say_ready(addresses):
    os.write(1, b"%d\\n" % addresses[0][1])

settings = Settings(port=0, workers={workers}, access_log="{log}")
sys.exit(run(lambda: WSGIHandler(application), settings, on_ready=say_ready))
"""


class Program:
    """A running program that serves."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.port = int(self.read_line())

    def read_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def ask(self, path: str = "/") -> bytes:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        finally:
            connection.close()

    def end(self) -> tuple[int, str]:
        """Wait for the end; return exit code and what is in the log."""
        _, log = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, log


@contextmanager
def serving(workers: int, log: str = "off") -> Iterator[Program]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(workers=workers, log=log)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield Program(process)
        finally:
            process.kill()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_what_is_in_flight_is_finished_when_stopped(workers: int, signum: signal.Signals) -> None:
    with serving(workers) as program:
        answers: list[bytes] = []
        client = threading.Thread(target=lambda: answers.append(program.ask("/slow")))
        client.start()
        assert program.read_line() == "slow\n"
        # As a terminal does: to all processes of the group.
        os.killpg(program.process.pid, signum)
        client.join()
        assert answers[0].isdigit()
        assert program.end() == (0, "")
        with pytest.raises(ConnectionRefusedError):
            program.ask()


def test_service_goes_on_when_a_worker_is_killed() -> None:
    with serving(2) as program:
        victim = int(program.ask())
        os.kill(victim, signal.SIGKILL)
        assert all(int(program.ask()) != victim for _ in range(20))
        program.process.terminate()
        code, log = program.end()
        assert code == 0
        assert f"(pid {victim}) was killed by SIGKILL" in log


@pytest.mark.parametrize("workers", [1, 2])
def test_each_request_is_in_the_access_log_once(workers: int) -> None:
    with serving(workers, log="common") as program:
        for number in range(10):
            program.ask(f"/{number}")
        program.process.terminate()
        code, log = program.end()
        assert code == 0
        targets = sorted(line.split()[6] for line in log.splitlines())
        assert targets == [f"/{number}" for number in range(10)]


def test_taken_port_is_told_before_anything_is_loaded() -> None:
    (listening,) = bind(Settings(port=0))
    with listening:
        settings = Settings(port=listening.getsockname()[1])
        with pytest.raises(PortTaken):
            run(lambda: pytest.fail("loaded"), settings)


def test_sockets_of_others_can_be_served_on() -> None:
    given = PROGRAM.replace("on_ready", "sockets=[socket.socket(fileno={number})], on_ready")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        number = listening.fileno()
        program = "import socket\n" + given.format(workers=1, log="off", number=number)
        with subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[number],
        ) as process:
            served = Program(process)
            assert served.port == listening.getsockname()[1]
            assert served.ask().isdigit()
            process.terminate()
            process.communicate(timeout=PATIENCE)
            assert process.returncode == 0

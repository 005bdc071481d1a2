"""The supervisor and its worker processes, as a program of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from samovar.server.worker_places import describe_end

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")

PROGRAM = """
import atexit, os, signal, sys, threading, time
from samovar.server import workers
from samovar.server.settings import Settings

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

stop = threading.Event()

def wait_for_sigterm():
    signal.signal(signal.SIGTERM, lambda *ignored: stop.set())
    say("ready", os.getpid())
    while not stop.is_set():
        time.sleep(0.01)

atexit.register(say, "supervisor's atexit")

def load():
{load}

def serve(loaded, side):
{serve}

{prepare}

settings = Settings(workers={count}, supervise=True, graceful_timeout={graceful}, {more})
sys.exit(
    workers.supervise(
        load,
        serve,
        settings,
        on_loaded=lambda: say("loaded"),
        on_stop=lambda: say("told to stop"),
    )
)
"""


class Program:
    """A running supervisor."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def read(self, start: str) -> str:
        """Read up to a line with the given start, and return the rest of that line."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(start):
                return line.removeprefix(start).strip()
        raise AssertionError(f"the output ended without {start!r}")

    def ready(self) -> int:
        """Wait for a worker and return its process id."""
        return int(self.read("ready"))

    def end(self) -> tuple[int, str]:
        """Wait for the end and return exit code and the rest of the output."""
        output, _ = self.process.communicate(timeout=20)
        return self.process.returncode, output


@contextmanager
def supervised(
    serve: str = "wait_for_sigterm()",
    *,
    load: str = "pass",
    prepare: str = "",
    count: int = 2,
    graceful: float = 5.0,
    more: str = "",
) -> Iterator[Program]:
    program = PROGRAM.format(
        load=textwrap.indent(textwrap.dedent(load), "    "),
        serve=textwrap.indent(textwrap.dedent(serve), "    "),
        prepare=textwrap.dedent(prepare),
        count=count,
        graceful=graceful,
        more=more,
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield Program(process)
        finally:
            process.kill()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_workers_stop_when_the_supervisor_is_told_to(signum: signal.Signals) -> None:
    with supervised("wait_for_sigterm(); say('stopped', side.number)") as program:
        workers = {program.ready(), program.ready()}
        assert len(workers) == 2
        program.process.send_signal(signum)
        code, output = program.end()
        assert code == 0
        told, *stopped, last = output.splitlines()
        assert told == "told to stop"
        assert sorted(stopped) == ["stopped 0", "stopped 1"]
        assert last == "supervisor's atexit"
        assert not any(map(is_alive, workers))


def test_workers_stop_once_when_the_terminal_interrupts_all() -> None:
    with supervised("wait_for_sigterm(); say('stopped', side.number)") as program:
        program.ready(), program.ready()
        os.killpg(program.process.pid, signal.SIGINT)
        code, output = program.end()
        assert code == 0
        assert output.count("stopped") == 2


def test_killed_worker_is_replaced_and_the_signal_named() -> None:
    with supervised() as program:
        first, second = program.ready(), program.ready()
        os.kill(first, signal.SIGKILL)
        assert "was killed by SIGKILL" in program.read("Worker ")
        assert program.ready() not in (first, second)
        program.process.terminate()
        assert program.end()[0] == 0


def test_crashed_worker_is_replaced_and_the_exit_code_named() -> None:
    with supervised("wait_for_sigterm(); os._exit(7)", count=1) as program:
        os.kill(program.ready(), signal.SIGTERM)
        assert "ended with exit code 7; a new one takes its place at once" in program.read("Worker")
        os.kill(program.ready(), signal.SIGTERM)
        assert "takes its place in 0.25 seconds" in program.read("Worker")
        program.ready()
        program.process.terminate()
        assert program.end()[0] == 0


def test_start_is_tried_again_when_the_system_has_no_room_for_a_process() -> None:
    prepare = """
        fork = os.fork

        def fail_once():
            os.fork = fork
            raise OSError(11, "Resource temporarily unavailable")

        os.fork = fail_once
    """
    with supervised(prepare=prepare, count=1) as program:
        assert "next try in 0.25 seconds" in program.read("The system starts no worker")
        program.ready()
        program.process.terminate()
        assert program.end()[0] == 0


def test_error_in_a_worker_is_shown_with_its_traceback() -> None:
    with supervised("wait_for_sigterm(); raise KeyError('x')", count=1) as program:
        os.kill(program.ready(), signal.SIGTERM)
        assert program.read("Worker 1") == "cannot go on"
        assert program.read("KeyError") == ": 'x'"
        program.ready()
        program.process.terminate()
        program.end()


def test_supervisor_gives_up_when_the_application_cannot_be_loaded() -> None:
    with supervised(load="import no_such_module", count=3) as program:
        code, output = program.end()
        assert code == 1
        assert output.count("Traceback") == 1
        assert "No module named 'no_such_module'" in output
        assert "loaded\n" not in output


def test_nothing_is_added_when_loading_has_ended_the_process() -> None:
    with supervised(load="say('no such file'); sys.exit(1)") as program:
        assert program.end() == (1, "no such file\ntold to stop\nsupervisor's atexit\n")


def test_supervisor_gives_up_when_loading_kills_the_worker() -> None:
    with supervised(load="os.kill(os.getpid(), signal.SIGSEGV)") as program:
        code, output = program.end()
        assert code == 1
        assert "The first worker was killed by SIGSEGV" in output


def test_the_others_start_when_the_first_has_loaded() -> None:
    load = "say('loading', os.getpid())"
    with supervised(load=load, count=3) as program:
        first = program.read("loading")
        program.read("loaded")
        assert program.read("loading") != first
        program.process.terminate()
        assert program.end()[0] == 0


def test_worker_is_tried_again_later_when_it_can_no_longer_load(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    load = f"""
        if os.path.exists({str(mark)!r}):
            raise LookupError("no connection left")
    """
    with supervised(load=load, count=1) as program:
        worker = program.ready()
        mark.touch()
        os.kill(worker, signal.SIGKILL)
        assert "at once" in program.read("Worker 1")
        assert program.read("Worker 1") == "could not load the application"
        assert "a new one takes its place in" in program.read("Worker 1")
        mark.unlink()
        program.ready()
        program.process.terminate()
        assert program.end()[0] == 0


def test_late_worker_is_killed_when_the_graceful_timeout_is_over() -> None:
    serve = """
        signal.signal(signal.SIGTERM, lambda *ignored: None)
        say("ready", os.getpid())
        while True:
            time.sleep(1)
    """
    with supervised(serve, count=1, graceful=0.1) as program:
        worker = program.ready()
        program.process.terminate()
        assert program.end()[0] == 0
        assert not is_alive(worker)


def test_second_signal_kills_at_once() -> None:
    serve = """
        signal.signal(signal.SIGTERM, lambda *ignored: say("told"))
        say("ready", os.getpid())
        while True:
            time.sleep(0.01)
    """
    with supervised(serve, count=1, graceful=600) as program:
        worker = program.ready()
        program.process.terminate()
        program.read("told")
        program.process.send_signal(signal.SIGINT)
        assert program.end()[0] == 0
        assert not is_alive(worker)


def test_workers_stop_when_the_supervisor_was_killed() -> None:
    with supervised("wait_for_sigterm(); say('stopped', side.number)") as program:
        program.ready(), program.ready()
        program.process.kill()
        # The output ends when the last worker has closed it.
        output = program.end()[1]
        assert output.count("stopped") == 2
        assert "The supervisor is gone" in output


def test_atexit_functions_run_in_the_worker_that_registered_them() -> None:
    serve = "atexit.register(say, 'of worker', os.getpid()); wait_for_sigterm()"
    with supervised(serve, count=1) as program:
        worker = program.ready()
        program.process.terminate()
        output = program.end()[1]
        assert output.splitlines()[-2:] == [f"of worker {worker}", "supervisor's atexit"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (3, "ended with exit code 3"),
        (-signal.SIGTERM, "was killed by SIGTERM"),
        (-signal.SIGSEGV, "was killed by SIGSEGV (a library written in C crashed)"),
        (-99, "was killed by signal 99"),
    ],
)
def test_end_of_a_process_is_told_in_words(code: int, words: str) -> None:
    assert describe_end(code) == words

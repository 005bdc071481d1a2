"""Commands under test: programs that may fail to start, reload, and get signals."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.support.programs import STOP_PATIENCE, Answer, Program

PATIENCE = 30.0
"""Seconds after which a condition that does not come true fails the test. A machine that is busy
with other things takes seconds to start a few processes."""

LINK = re.compile(r"http://127\.0\.0\.1:(\d+)")


class Command(Program):
    """A running command."""

    def wait_for_output(self, text: str, times: int = 1) -> None:
        """Wait until the command has written ``text`` so many times."""
        until(lambda: self.output.count(text) >= times, lambda: f"no {text!r}: {self.output}")

    def wait_for_link(self) -> None:
        """Wait until the banner names the port."""
        self.port = int(self.wait_for(LINK, PATIENCE)[1])

    def wait_for_answer(self, text: str, target: str = "/") -> Answer:
        """Request a target until the answer holds ``text``."""
        answers: list[Answer] = []

        def has_answered() -> bool:
            answers.append(self.ask(target))
            return text in answers[-1].text

        until(has_answered, lambda: f"no {text!r} in {answers[-1:]}; said: {self.lines[:20]}")
        return answers[-1]

    def send(self, number: signal.Signals) -> int:
        """Send a signal to the first process of the command, and return the exit code."""
        self.process.send_signal(number)
        return self.exit_code()

    def exit_code(self) -> int:
        """Wait for the end of the command, and of all its output."""
        code = self.process.wait(STOP_PATIENCE)
        self._reader.join(STOP_PATIENCE)
        return code


def until(condition: Callable[[], bool], complaint: Callable[[], str]) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, complaint()
        time.sleep(0.05)  # seconds between two looks


@contextlib.contextmanager
def command(*words: str | Path, cwd: Path, **environ: str) -> Iterator[Command]:
    """Run ``python WORDS``, and end it with the block if it has not ended by itself."""
    clean = {name: value for name, value in os.environ.items() if "FLASK" not in name}
    process = subprocess.Popen(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env={**clean, "PYTHONUNBUFFERED": "1", **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        start_new_session=True,  # so that nothing it started can outlive the test
    )
    started = Command(process)
    try:
        yield started
    finally:
        started.stop()


@contextlib.contextmanager
def serving(*words: str | Path, cwd: Path, **environ: str) -> Iterator[Command]:
    """Run ``python WORDS`` and wait until it says where it listens."""
    with command(*words, cwd=cwd, **environ) as started:
        started.wait_for_link()
        yield started


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended and was not collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"

"""Programs as people start them: a process of its own, which says where it listens."""

from __future__ import annotations

import http.client
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[2]
"""The checkout."""

SAMOVAR = (sys.executable, "-m", "samovar")
"""What stands for the command ``samovar`` of this very environment."""

START_PATIENCE = 30.0
"""Seconds for a program to say where it listens: plenty for an interpreter on a busy machine."""

STOP_PATIENCE = 15.0
"""Seconds for a program to end after it was asked to."""

ANSWER_PATIENCE = 30.0
"""Seconds to wait for an answer."""

_LINK = re.compile(r"(?:at|Running on) https?://[^\s/]+:(\d+)")
"""What Samovar or Flask says once it listens; a program may mention links of its own before."""


class Answer(NamedTuple):
    """What a program answered; the field names in ``fields`` match in any case."""

    status: int
    fields: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


class Program:
    """A running program and what it has written so far.

    Attributes:
        process: The process.
        lines: What it wrote to its standard output and error, line by line.
        port: The port from the link that it wrote.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        self._new_lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        # Somebody must read, or the program stands still once the pipe is full.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = 0

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> str:
        """What it has written so far."""
        return "\n".join(self.lines)

    def ask(
        self,
        target: str,
        method: str = "GET",
        body: bytes | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make one request on a connection of its own; redirects are not followed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_PATIENCE)
        try:
            connection.request(method, target, body, dict(fields or {}))
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def post(self, target: str, fields: Mapping[str, str] | None = None, **form: str) -> Answer:
        """Send a form as a browser does, with ``fields`` beside it."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask(target, "POST", urlencode(form).encode(), {**kind, **(fields or {})})

    def _read(self) -> None:
        assert self.process.stdout is not None  # it was started with a pipe
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._new_lines.put(line)
        self._new_lines.put(None)

    def wait_for(self, pattern: re.Pattern[str], patience: float) -> re.Match[str]:
        """Wait for a line of output that has the pattern in it.

        Args:
            pattern: What to look for.
            patience: The longest to wait, in seconds.

        Raises:
            AssertionError: The program ended, or took longer; the message shows its output.
        """
        deadline = time.monotonic() + patience
        while True:
            try:
                line = self._new_lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(
                    f"No {pattern.pattern!r} within {patience:g} seconds, only:\n{self.output}"
                ) from None
            if line is None:
                raise AssertionError(f"It ended without {pattern.pattern!r}:\n{self.output}")
            if found := pattern.search(line):
                return found

    def stop(self) -> int:
        """Ask the program to end (SIGTERM), wait for it, and return its exit code.

        Raises:
            AssertionError: It did not end in time, and was killed.
        """
        self.process.terminate()
        try:
            return self.process.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"It did not end within {STOP_PATIENCE:g} seconds:\n{self.output}"
            ) from None
        finally:
            # Whatever it started and left behind; nothing, if all is well.
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self._reader.join()
            assert self.process.stdout is not None
            self.process.stdout.close()


@contextmanager
def started(
    command: Sequence[str | Path],
    *,
    cwd: Path = ROOT,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Program]:
    """Start a program, wait until it says where it listens, and stop it in the end.

    Args:
        command: The command and its arguments.
        cwd: The folder it starts in.
        environ: What its environment has beside or instead of ours.
    """
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **(environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        start_new_session=True,  # so that nothing it started can outlive the test
    )
    program = Program(process)
    try:
        program.port = int(program.wait_for(_LINK, START_PATIENCE)[1])
        yield program
    finally:
        program.stop()

"""The watcher's side of reloading: start a generation, watch its files, start the next.

The watcher runs none of the user's code. It holds the listening sockets, so that clients wait in
the system's queue, instead of being refused, while one generation ends and the next one starts.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn, Protocol

import click
from watchfiles import watch

from samovar.cli.reload.generation import MARKER, Generation
from samovar.cli.reload.watch import STOP_SIGNALS, Watch
from samovar.server.listen import close_all

TICK = 200
"""Milliseconds between two looks at the generation: soon enough that a person who watches the
terminal sees no delay, rare enough to cost nothing."""

SETTLE = 50
"""Milliseconds without a further change before a reload: an editor writes a file in several
steps, and a tool several files in one go."""

RELOAD_GRACE = 3.0
"""Seconds that a generation has to finish its requests before a reload ends it."""

STOP_GRACE = 1.0
"""Seconds that a generation has when the person wants to stop: Ctrl-C must feel immediate."""

REPORT_SIZE = 65_536
"""Bytes read at once from a report: as much as a pipe holds."""


class Child(Protocol):
    """A process that the watcher started; :class:`subprocess.Popen` is one."""

    def poll(self) -> int | None:
        """Return the exit code, or None while the process runs."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end, at most ``timeout`` seconds."""
        ...

    def terminate(self) -> None:
        """Ask the process to end."""
        ...

    def kill(self) -> None:
        """End the process."""
        ...


class ForkedChild:
    """A child that this process got by a fork before it became the watcher.

    Args:
        pid: Its process id.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._exit_code: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, or None while the process runs."""
        if self._exit_code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._exit_code = os.waitstatus_to_exitcode(status)
        return self._exit_code

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end.

        Raises:
            subprocess.TimeoutExpired: The process still runs after ``timeout`` seconds.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(0.02)  # seconds; waitpid has no timeout of its own
        return code

    def terminate(self) -> None:
        """Ask the process to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End the process."""
        self._send(signal.SIGKILL)

    def _send(self, signum: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, signum)


class _Stop(BaseException):
    """Somebody wants the command to end."""


class Watcher:
    """Runs generations of a program, one after the other, until it is told to stop.

    Args:
        plan: What to watch and to start.
        listeners: Descriptors of the listening sockets, owned by the watcher.
    """

    def __init__(self, plan: Watch, listeners: Sequence[int]) -> None:
        self._plan = plan
        self._listeners = tuple(listeners)
        self._folders = {os.path.abspath(folder) for folder in plan.folders}
        self._folders |= {os.path.dirname(os.path.abspath(file)) for file in plan.extra_files}
        self._lifeline, self._lifeline_end = os.pipe()
        self._number = 0
        self._child: Child | None = None
        self._report: int | None = None
        self._report_text = b""
        self._is_serving = False
        self._started_at = time.time()
        self._noticed: dict[str, float] = {}

    def adopt(self, child: Child, report: int, started_at: float) -> None:
        """Take a process that runs already for the first generation.

        Args:
            child: The process.
            report: The reading end of its report.
            started_at: When it was started, in seconds since the epoch. The other end of its
                lifeline stays open for as long as this process lives.
        """
        self._number = 1
        self._child = child
        self._report = report
        self._started_at = started_at

    def run(self) -> int:
        """Watch until a signal or the program's own end; blocks.

        Returns:
            The exit code of the command.
        """
        for signum in STOP_SIGNALS:
            signal.signal(signum, _stop)
        try:
            if hasattr(signal, "pthread_sigmask"):
                # They were held back while this process became the watcher.
                signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
            if self._child is None:
                self._start()
            return self._watch()
        except (_Stop, KeyboardInterrupt):
            return 0
        finally:
            for signum in STOP_SIGNALS:
                signal.signal(signum, signal.SIG_IGN)
            self._end_child(STOP_GRACE)
            close_all([socket.socket(fileno=fd) for fd in self._listeners])

    def _watch(self) -> int:
        while True:
            for changed in self._changes():
                if changed:
                    names = ", ".join(sorted({os.path.basename(path) for path in changed}))
                    click.echo(f"{names} changed: reloading", err=True)
                    self._end_child(RELOAD_GRACE)
                    _forget_bytecode(changed)
                    self._start()
                elif (code := self._check_child()) is not None:
                    return code
                if self._read_report():
                    break  # there are other folders to watch now

    def _changes(self) -> Iterator[set[str]]:
        """Yield the files that changed, and an empty set at each tick without a change."""
        folders = [folder for folder in self._folders if os.path.isdir(folder)]
        batches = watch(
            *folders,
            watch_filter=lambda _change, path: self._plan.concerns(path),
            recursive=False,
            step=SETTLE,
            rust_timeout=TICK,
            yield_on_timeout=True,
            ignore_permission_denied=True,
        )
        # The system notes changes from the first batch on. What changed between the start of the
        # program and then was seen by nobody.
        yield {path for _, path in next(batches)} | self._changed_since_start(folders)
        for batch in batches:
            yield {path for _, path in batch}

    def _changed_since_start(self, folders: list[str]) -> set[str]:
        changed = set()
        for path in (str(path) for folder in folders for path in Path(folder).glob("*.py")):
            modified = _modification_time(path)
            # A time in the future (a clock that was set back) must not reload for ever.
            if modified > self._started_at and self._noticed.get(path) != modified:
                self._noticed[path] = modified
                if self._plan.concerns(path):
                    changed.add(path)
        return changed

    def _start(self) -> None:
        self._close_report()
        self._report, report_end = os.pipe()
        os.set_blocking(self._report, False)
        self._number += 1
        self._is_serving = False
        self._started_at = time.time()
        generation = Generation(
            self._number, os.getpid(), self._listeners, self._lifeline, report_end
        )
        environ = os.environ | {MARKER: generation.to_marker(), "WERKZEUG_RUN_MAIN": "true"}
        passed = (*self._listeners, self._lifeline, report_end)
        self._child = subprocess.Popen(self._plan.command, env=environ, pass_fds=passed)
        os.close(report_end)

    def _check_child(self) -> int | None:
        """Return the exit code of the command where the generation has ended it.

        It has where it served and ended in peace, or where the first one never came to serve. A
        crash, and a later one that does not come up, wait for the next change.
        """
        code = self._child.poll() if self._child is not None else None
        if code is None:
            return None
        self._read_report()
        is_over = code == 0 if self._is_serving else self._number == 1
        if is_over:
            return code if code >= 0 else 128 - code
        click.echo(f"The program ended with code {code}: waiting for a change", err=True)
        self._child = None
        return None

    def _read_report(self) -> bool:
        """Read what the generation said; return whether it named other folders."""
        if self._report is None:
            return False
        try:
            piece = os.read(self._report, REPORT_SIZE)
        except BlockingIOError:
            return False
        self._report_text += piece
        if piece and not piece.endswith(b"\n"):
            return False
        text = self._report_text
        self._close_report()
        if not piece:  # it ended before it served
            return False
        self._is_serving = True
        folders = self._folders | set(json.loads(text))
        is_news = folders != self._folders
        self._folders = folders
        return is_news

    def _close_report(self) -> None:
        if self._report is not None:
            os.close(self._report)
            self._report = None
            self._report_text = b""

    def _end_child(self, grace: float) -> None:
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(grace)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None


def _modification_time(path: str) -> float:
    """Return when a file was changed, in seconds since the epoch; 0 where it is gone by now."""
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def _forget_bytecode(changed: set[str]) -> None:
    """Remove what Python has compiled of changed files.

    Python tells whether that is stale by the file's size and the whole seconds of its time: an
    edit of the same length within the second in which the file was compiled goes unseen.
    """
    for path in changed:
        if path.endswith(".py"):
            with suppress(OSError):
                os.unlink(importlib.util.cache_from_source(path))


def _stop(signum: int, frame: FrameType | None) -> NoReturn:
    raise _Stop

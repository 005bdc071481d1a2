"""Several processes that share the listening sockets, and the supervisor that keeps them up.

The supervisor forks the workers and then only waits: for signals, for workers that end, and
for the time to replace one. It loads no application and touches no connection, so little can
go wrong with it; a worker that finds it gone stops by itself.

The first worker is started alone. Once it has loaded the application the others follow; if it
cannot, neither could they, and the supervisor gives up.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import TypeVar

from samovar.server.settings import Settings
from samovar.server.signal_pipe import SignalPipe
from samovar.server.worker_process import KILL_MARGIN, LOAD_FAILED, Task, become_worker

QUICK_STOP = 1.0
"""Seconds for requests in flight after Ctrl-C: whoever pressed it waits at the terminal."""

FIRST_DELAY = 0.25
"""Seconds before a worker is replaced that crashed soon after its predecessor; doubled each
time. The first replacement comes at once."""

LONGEST_DELAY = 30.0
"""Seconds after which it is tried again in any case: what broke the workers may be mended."""

HEALTHY_AFTER = 10.0
"""Seconds after which a worker counts as having worked, and the delays start anew."""

MOST_DOUBLINGS = 7
"""How often the delay is doubled before it is the longest in any case."""

_HINTS = {
    "SIGKILL": " (by hand, or by the system because memory ran out)",
    "SIGSEGV": " (a library written in C crashed)",
    "SIGABRT": " (a library written in C gave up)",
    "SIGBUS": " (a library written in C crashed, or a disk is full)",
}

Loaded = TypeVar("Loaded")

logger = logging.getLogger("samovar.server")


class Worker:
    """A worker's place, taken by one process after the other.

    Attributes:
        number: Which place, from 0.
        pid: The process, or 0 between two.
        started: When it was started, on the monotonic clock, in seconds.
        start_at: When the next one is to be started, on the same clock.
        failures: How many in a row ended before they had worked.
    """

    __slots__ = ("failures", "number", "pid", "start_at", "started")

    def __init__(self, number: int) -> None:
        self.number = number
        self.pid = 0
        self.started = 0.0
        self.start_at = 0.0
        self.failures = 0

    @property
    def has_worked(self) -> bool:
        """Whether the process of now has run for long enough to count as working."""
        return self.pid != 0 and time.monotonic() - self.started >= HEALTHY_AFTER


class Supervisor:
    """Keeps workers running until it is told to stop.

    Args:
        task: What a worker does.
        count: How many workers to keep.
        on_loaded: Called when the first worker has loaded the application.
        on_stop: Called when the workers are told to stop.
    """

    def __init__(
        self,
        task: Task,
        count: int,
        on_loaded: Callable[[], None],
        on_stop: Callable[[], None],
    ) -> None:
        self._task = task
        self._on_loaded = on_loaded
        self._on_stop = on_stop
        self._workers = [Worker(number) for number in range(count)]
        self._signals = SignalPipe((signal.SIGTERM, signal.SIGINT, signal.SIGCHLD))
        self._lifeline = self._reports = (-1, -1)
        self._loaded = False
        self._kill_at: float | None = None
        self._exit_code = 0

    def run(self) -> int:
        """Start the workers and stay until all have ended.

        Returns:
            The exit code: 0 after a stop that was asked for, 1 where the application could not
            be loaded.
        """
        self._lifeline, self._reports = os.pipe(), os.pipe()
        try:
            with self._signals:
                while not self._is_over():
                    self._start_due()
                    wait = self._seconds_to_wait()
                    signals, has_report = self._signals.wait(wait, self._reports[0])
                    if has_report:
                        self._hear_report()
                    for signum in signals:
                        if signum != signal.SIGCHLD:
                            self._stop(signum)
                    self._reap()
                    self._kill_late()
        finally:
            for descriptor in (*self._lifeline, *self._reports):
                os.close(descriptor)
        return self._exit_code

    @property
    def _stopping(self) -> bool:
        return self._kill_at is not None

    def _is_over(self) -> bool:
        return self._stopping and not any(worker.pid for worker in self._workers)

    def _wanted(self) -> list[Worker]:
        """Return the workers that should run, as far as is known."""
        return self._workers if self._loaded else self._workers[:1]

    def _seconds_to_wait(self) -> float | None:
        """Return how long nothing is to be done, or None for as long as nothing comes."""
        if self._kill_at is not None:
            times = [self._kill_at]
        else:
            times = [worker.start_at for worker in self._wanted() if not worker.pid]
        return max(min(times) - time.monotonic(), 0.0) if times else None

    def _hear_report(self) -> None:
        """Learn that a worker has loaded the application; the first one is waited for."""
        os.read(self._reports[0], len(self._workers))
        if not self._loaded:
            self._loaded = True
            self._on_loaded()

    def _start_due(self) -> None:
        if self._stopping:
            return
        for worker in self._wanted():
            if not worker.pid and worker.start_at <= time.monotonic():
                self._start(worker)

    def _start(self, worker: Worker) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        # No signal may reach the child while it still has the supervisor's handlers.
        held = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}
        signal.pthread_sigmask(signal.SIG_BLOCK, held)
        try:
            pid = os.fork()
        except OSError as error:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, held)
            worker.failures += 1
            delay = self._put_off(worker)
            logger.error(
                "The system starts no worker (%s); next try in %g seconds", error.strerror, delay
            )
            return
        if not pid:
            self._signals.leave_in_child()
            os.close(self._lifeline[1])
            os.close(self._reports[0])
            signal.pthread_sigmask(signal.SIG_UNBLOCK, held)
            become_worker(
                self._task, worker.number, lifeline=self._lifeline[0], report=self._reports[1]
            )
        signal.pthread_sigmask(signal.SIG_UNBLOCK, held)
        worker.pid = pid
        worker.started = time.monotonic()
        logger.info("Worker %d started (pid %d)", worker.number + 1, pid)

    def _reap(self) -> None:
        for worker in self._workers:
            if worker.pid:
                pid, status = os.waitpid(worker.pid, os.WNOHANG)
                if pid:
                    self._ended(worker, os.waitstatus_to_exitcode(status))

    def _ended(self, worker: Worker, code: int) -> None:
        """Decide what follows on the end of a worker."""
        pid = worker.pid
        if worker.has_worked:
            worker.failures = 0
        worker.pid = 0
        if self._stopping:
            return
        if not self._loaded:
            if code != LOAD_FAILED:  # the worker itself has said why
                logger.error("The first worker %s while it loaded", describe_end(code))
            self._exit_code = 1
            self._stop(signal.SIGINT)
            return
        worker.failures += code == LOAD_FAILED  # trying again at once would find the same
        delay = self._put_off(worker)
        worker.failures += code != LOAD_FAILED
        logger.error(
            "Worker %d (pid %d) %s; a new one takes its place %s",
            worker.number + 1,
            pid,
            describe_end(code),
            f"in {delay:g} seconds" if delay else "at once",
        )

    def _put_off(self, worker: Worker) -> float:
        """Set when the worker is started next, and return in how many seconds that is."""
        delay = 0.0
        if worker.failures:
            doublings = min(worker.failures - 1, MOST_DOUBLINGS)
            delay = min(FIRST_DELAY * 2**doublings, LONGEST_DELAY)
        worker.start_at = time.monotonic() + delay
        return delay

    def _stop(self, signum: signal.Signals) -> None:
        """Have the workers end; the second time, end them."""
        if self._stopping:
            self._kill_at = time.monotonic()
            return
        patience = self._task.graceful_timeout if signum == signal.SIGTERM else QUICK_STOP
        self._kill_at = time.monotonic() + patience + KILL_MARGIN
        self._on_stop()
        self._send(signal.SIGTERM)

    def _kill_late(self) -> None:
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            self._send(signal.SIGKILL)
            self._kill_at = time.monotonic() + KILL_MARGIN

    def _send(self, signum: signal.Signals) -> None:
        for worker in self._workers:
            if worker.pid:
                os.kill(worker.pid, signum)


def supervise(
    load: Callable[[], Loaded],
    serve: Callable[[Loaded, int], None],
    settings: Settings,
    *,
    on_loaded: Callable[[], None],
    on_stop: Callable[[], None],
) -> int:
    """Run worker processes until SIGTERM or SIGINT comes. Blocks; for the main thread only.

    A worker that ends is replaced, at once or, if it ends again and again, after a growing
    delay. SIGTERM lets the workers finish what is in flight, SIGINT (Ctrl-C) gives them a moment,
    and a second signal ends them.

    Args:
        load: Loads the application; called in each worker process.
        serve: Called there with what was loaded and the worker's number, from 0. Serves on the
            sockets it shares with the others until SIGTERM comes.
        settings: For the number of workers and the graceful timeout.
        on_loaded: Called in this process when the first worker has loaded the application.
        on_stop: Called in this process when the workers are told to stop: no more will be
            started, and what was kept for them can be closed.

    Returns:
        The exit code for the program: 0 after a stop that was asked for, 1 if the application
        could not be loaded.

    Raises:
        RuntimeError: If the system cannot fork.
    """
    if not hasattr(os, "fork"):
        raise RuntimeError(
            "This system cannot share a socket between forked processes: use --workers 1."
        )
    task = Task(load, serve, settings.graceful_timeout)
    return Supervisor(task, settings.workers, on_loaded, on_stop).run()


def describe_end(code: int) -> str:
    """Say how a process ended, from its exit code (negative for a signal)."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        signum = signal.Signals(-code)
    except ValueError:
        return f"was killed by signal {-code}"
    return f"was killed by {signum.name}{_HINTS.get(signum.name, '')}"

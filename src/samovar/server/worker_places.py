"""What the supervisor knows of its workers: their places, and the processes in them."""

from __future__ import annotations

import os
import signal
import time

from samovar.server.heartbeat import Heart

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


class Process:
    """One worker process.

    Attributes:
        pid: Its number.
        place: The number of its place, from 0.
        heart: Its sign of life.
        started: When it was started, on the monotonic clock, in seconds.
        loaded: Whether it has loaded the application.
        stuck: Whether it was ended because its heart was silent.
        kill_at: When it is killed if it has not ended by itself, on the same clock, or None.
    """

    __slots__ = ("heart", "kill_at", "loaded", "pid", "place", "started", "stuck")

    def __init__(self, pid: int, place: int, heart: Heart) -> None:
        self.pid = pid
        self.place = place
        self.heart = heart
        self.started = time.monotonic()
        self.loaded = False
        self.stuck = False
        self.kill_at: float | None = None

    @property
    def has_worked(self) -> bool:
        """Whether it has run for long enough to count as working."""
        return time.monotonic() - self.started >= HEALTHY_AFTER

    def send(self, signum: signal.Signals) -> None:
        """Send it a signal; it has not been waited for, so the number is still its own."""
        os.kill(self.pid, signum)

    def stop(self, patience: float) -> None:
        """Tell it to stop, and have it killed after so many seconds."""
        self.kill_at = time.monotonic() + patience
        self.send(signal.SIGTERM)

    def kill(self) -> None:
        """End it now, and wait for that."""
        self.send(signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal, or None while it runs."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None


class Place:
    """A worker's place, taken by one process after the other.

    Attributes:
        number: Which place, from 0.
        process: The process that serves in it, or None between two.
        successor: The process that takes its place as soon as it has loaded the application.
        start_at: When the next one is to be started, on the monotonic clock, in seconds.
        failures: How many in a row ended before they had worked.
    """

    __slots__ = ("failures", "number", "process", "start_at", "successor")

    def __init__(self, number: int) -> None:
        self.number = number
        self.process: Process | None = None
        self.successor: Process | None = None
        self.start_at = 0.0
        self.failures = 0

    def put_off(self) -> float:
        """Set when the next process is started, and return in how many seconds that is."""
        delay = 0.0
        if self.failures:
            doublings = min(self.failures - 1, MOST_DOUBLINGS)
            delay = min(FIRST_DELAY * 2**doublings, LONGEST_DELAY)
        self.start_at = time.monotonic() + delay
        return delay


def describe_end(code: int) -> str:
    """Say how a process ended, from its exit code (negative for a signal)."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        signum = signal.Signals(-code)
    except ValueError:
        return f"was killed by signal {-code}"
    return f"was killed by {signum.name}{_HINTS.get(signum.name, '')}"

"""The sign of life that a worker's loop gives to the supervisor.

It is a time in memory that both processes share: giving it costs no system call, and whoever
watches needs nothing from a process that is stuck.
"""

from __future__ import annotations

import mmap
import time


class Heart:
    """The time at which a loop came round last. Made before the fork, known on both sides of it.

    Args:
        timeout: Seconds of silence after which the loop counts as stuck.

    Attributes:
        every: How often the loop beats even if nothing else happens, in seconds.
    """

    __slots__ = ("_memory", "_timeout", "every")

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self.every = timeout / 4  # so that one late beat is no silence
        # Eight bytes that are written and read in one piece; 0 before the first beat.
        self._memory = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("d")

    def beat(self, now: float) -> None:
        """Say that the loop has come round, on the monotonic clock, which processes share."""
        self._memory[0] = now

    def is_silent(self) -> bool:
        """Whether the last beat is too long ago; a loop that has yet to begin is not silent."""
        last = self._memory[0]
        return bool(last) and time.monotonic() - last > self._timeout

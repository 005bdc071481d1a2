"""The time as the loop sees it: read once for each batch of events."""

from __future__ import annotations

import time

from samovar.server.heads import date_line


class Clock:
    """The time of the last look, and the Date field line that goes with it.

    Attributes:
        now: Monotonic time in seconds.
        date: The Date field line of this second, encoded.
    """

    __slots__ = ("_next_second", "date", "now")

    def __init__(self) -> None:
        self.date = b""
        self._next_second = 0.0
        self.look()

    def look(self) -> float:
        """Read the time and return it, on the monotonic scale."""
        now = self.now = time.monotonic()
        if now >= self._next_second:
            wall = time.time()
            self.date = date_line(wall)
            self._next_second = now + 1.0 - wall % 1.0
        return now

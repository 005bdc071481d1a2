"""Signals as something to wait for, in the order in which they came."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Self

READ_AT_ONCE = 512
"""Signals taken at a time; more than any burst, for the system merges equal ones."""


class SignalPipe:
    """Catches signals while it is entered; only the main thread may enter it.

    Args:
        signals: Which signals to catch.
    """

    def __init__(self, signals: Iterable[signal.Signals]) -> None:
        self._signals = tuple(signals)
        self._earlier: list[object] = []
        self._earlier_descriptor = -1
        self._reading = self._writing = -1

    def __enter__(self) -> Self:
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(self._writing, False)
        self._earlier_descriptor = signal.set_wakeup_fd(self._writing)
        self._earlier = [signal.signal(signum, _do_nothing) for signum in self._signals]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for signum, earlier in zip(self._signals, self._earlier, strict=True):
            # None stands for a handler that was not installed from Python.
            if callable(earlier) or isinstance(earlier, signal.Handlers):
                signal.signal(signum, earlier)
        signal.set_wakeup_fd(self._earlier_descriptor)
        os.close(self._reading)
        os.close(self._writing)

    def wait(self, seconds: float | None, also: int) -> list[signal.Signals]:
        """Wait for signals, for the given time or for as long as it takes.

        Args:
            seconds: The most seconds to wait, or None.
            also: A descriptor that ends the wait too when it can be read from.

        Returns:
            The signals that came, oldest first; empty when something else ended the wait.
        """
        ready, _, _ = select.select([self._reading, also], [], [], seconds)
        if self._reading not in ready:
            return []
        return [signal.Signals(number) for number in os.read(self._reading, READ_AT_ONCE)]

    def leave_in_child(self) -> None:
        """Give a forked child the default signal handling; the parent's pipe is not touched."""
        signal.set_wakeup_fd(-1)
        for signum in self._signals:
            signal.signal(signum, signal.SIG_DFL)
        os.close(self._reading)
        os.close(self._writing)


def _do_nothing(signum: int, frame: FrameType | None) -> None:
    """Stand for a handler: Python writes to the wake-up descriptor only where there is one."""

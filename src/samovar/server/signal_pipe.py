"""Signals as something to wait for, in the order in which they came.

A main thread that waits in another way, for a lock, can miss a signal that comes in the moment
before it begins to wait: Python would call the handler only at the next signal.
"""

from __future__ import annotations

import select
import signal
import socket
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Self

READ_AT_ONCE = 512
"""Signals taken at a time; more than any burst, for the system merges equal ones."""


class SignalPipe:
    """Catches signals while it is entered; only the main thread may enter it.

    Args:
        signals: Which signals to catch.

    Attributes:
        signals: As given.
    """

    def __init__(self, signals: Iterable[signal.Signals]) -> None:
        self.signals = tuple(signals)
        self._earlier: list[object] = []
        self._earlier_descriptor = -1
        # Sockets and not a pipe: Windows can wait for nothing else.
        self._reading, self._writing = socket.socketpair()
        self._reading.setblocking(False)
        self._writing.setblocking(False)

    def __enter__(self) -> Self:
        self._earlier_descriptor = signal.set_wakeup_fd(self._writing.fileno())
        self._earlier = [signal.signal(signum, _do_nothing) for signum in self.signals]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for signum, earlier in zip(self.signals, self._earlier, strict=True):
            # None stands for a handler that was not installed from Python.
            if callable(earlier) or isinstance(earlier, signal.Handlers):
                signal.signal(signum, earlier)
        signal.set_wakeup_fd(self._earlier_descriptor)
        self._reading.close()
        self._writing.close()

    def wait(self, seconds: float | None, also: int) -> tuple[list[signal.Signals], bool]:
        """Wait for signals, for the given time or for as long as it takes.

        Args:
            seconds: The most seconds to wait, or None.
            also: A descriptor that ends the wait too when it can be read from.

        Returns:
            The signals that came, oldest first, and whether the descriptor can be read from.
        """
        own = self._reading.fileno()
        ready, _, _ = select.select([own, also], [], [], seconds)
        numbers = self._reading.recv(READ_AT_ONCE) if own in ready else b""
        # Signals that others handle come along.
        caught = [signum for number in numbers for signum in self.signals if number == signum]
        return caught, also in ready

    def leave_in_child(self) -> None:
        """Give a forked child the default signal handling; the parent's pipe is not touched."""
        signal.set_wakeup_fd(-1)
        for signum in self.signals:
            signal.signal(signum, signal.SIG_DFL)
        self._reading.close()
        self._writing.close()


def _do_nothing(signum: int, frame: FrameType | None) -> None:
    """Stand for a handler: Python writes to the wake-up descriptor only where there is one."""

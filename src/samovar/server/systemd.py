"""What systemd and its clients agree on: sockets that are passed on, and news about the service.

Both are plain: variables of the environment, descriptors from 3 on, and datagrams with lines of
text (sd_listen_fds(3), sd_notify(3)). Others speak it as well: Podman, and ``systemfd``.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from typing import NamedTuple, Self

FIRST_DESCRIPTOR = 3
"""SD_LISTEN_FDS_START: the passed sockets follow on the standard streams."""

log = logging.getLogger("samovar.server")


class PassedSocket(NamedTuple):
    """A socket that this process was started with.

    Attributes:
        name: Its ``FileDescriptorName=``, by default the name of the socket unit.
        descriptor: Its file descriptor.
    """

    name: str
    descriptor: int


def passed_sockets() -> list[PassedSocket]:
    """Return the sockets that were passed to this very process.

    The variables are taken out of the environment: what is started from here must not take them
    for its own. A second call finds none.
    """
    count = os.environ.pop("LISTEN_FDS", "")
    pid = os.environ.pop("LISTEN_PID", "")
    names = os.environ.pop("LISTEN_FDNAMES", "").split(":")
    if pid != str(os.getpid()) or not count.isdecimal():
        return []
    descriptors = range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + int(count))
    names += [""] * len(descriptors)
    return [PassedSocket(*pair) for pair in zip(names, descriptors, strict=False)]


class Notifier:
    """Tells systemd how the service is; says nothing where nobody asked to be told.

    Args:
        address: The socket to tell it to, ``""`` for none.
        interval: Seconds of silence after which systemd restarts the service (``WatchdogSec=``),
            0 for never.

    Attributes:
        interval: As given.
        next: When :meth:`alive` is due, on the monotonic clock, or None for never.
    """

    def __init__(self, address: str, interval: float = 0.0) -> None:
        self.interval = interval
        self.next: float | None = time.monotonic() if interval else None
        # An "@" stands for the zero byte of an abstract socket.
        self._address = "\0" + address[1:] if address.startswith("@") else address

    @classmethod
    def claim(cls) -> Self:
        """Return the notifier for this process, from ``NOTIFY_SOCKET`` and ``WATCHDOG_USEC``.

        The variables are taken out of the environment, so that no other process speaks for the
        service.
        """
        microseconds = os.environ.pop("WATCHDOG_USEC", "")
        pid = os.environ.pop("WATCHDOG_PID", str(os.getpid()))
        is_watched = microseconds.isdecimal() and pid == str(os.getpid())
        interval = int(microseconds) / 1e6 if is_watched else 0.0
        return cls(os.environ.pop("NOTIFY_SOCKET", ""), interval)

    def ready(self) -> None:
        """Say that the application is loaded and served."""
        self._send(f"READY=1\nMAINPID={os.getpid()}")

    def reloading(self) -> None:
        """Say that the configuration is read anew; :meth:`ready` must follow."""
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send(f"RELOADING=1\nMONOTONIC_USEC={microseconds}")

    def stopping(self) -> None:
        """Say that the service ends."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Say that the service is alive, if it is time to; twice in each interval it is."""
        if self.next is not None and time.monotonic() >= self.next:
            self.next = time.monotonic() + self.interval / 2
            self._send("WATCHDOG=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto(text.encode(), self._address)
        except OSError as error:
            log.warning("Cannot tell systemd %r: %s.", text, error.strerror)

"""Waiting for sockets: epoll on Linux, the standard selectors elsewhere.

Both report a descriptor at most once and then stay silent about it until its owner has dealt
with it. epoll does so by edge-triggering, which costs no further system call; a selector is
level-triggered, so a reported descriptor is disarmed and :meth:`Poller.rearm` arms it again.
"""

from __future__ import annotations

import select
import selectors
from typing import Protocol

READ = 1
WRITE = 4
ENDED = 0x2018
"""Any of EPOLLHUP, EPOLLERR and EPOLLRDHUP: the peer has gone, or will send nothing more."""

BATCH = 256
"""Events taken at once: enough for one system call to serve many connections, few enough that
a batch is worked off within milliseconds."""


class Poller(Protocol):
    """Watches descriptors.

    Only :meth:`want_write` and :meth:`mute` may be called by a thread other than the one that
    waits.

    Attributes:
        one_shot: Whether a reported descriptor must be rearmed by its owner.
    """

    one_shot: bool

    def add(self, descriptor: int) -> None:
        """Begin to watch a connection for input."""
        ...

    def add_shared(self, descriptor: int) -> None:
        """Begin to watch a listening or waking socket, which is reported while it is ready."""
        ...

    def remove(self, descriptor: int) -> None:
        """Stop watching a descriptor; call it before closing it."""
        ...

    def want_write(self, descriptor: int, wanted: bool) -> None:
        """Watch a connection for room to write too, or no longer."""
        ...

    def mute(self, descriptor: int) -> None:
        """Report no input of a connection, which was reported, until :meth:`want_write`."""
        ...

    def rearm(self, descriptor: int, write: bool) -> None:
        """Have a reported connection reported again. Does nothing unless ``one_shot``."""
        ...

    def wait(self, timeout: float) -> list[tuple[int, int]]:
        """Wait up to ``timeout`` seconds, for ever if it is negative.

        Returns:
            (descriptor, events) pairs; events combines READ, WRITE and ENDED.
        """
        ...

    def close(self) -> None:
        """Give the system's resources back."""
        ...


class EpollPoller:
    """Edge-triggered epoll (Linux)."""

    one_shot = False

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._input = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLET

    def add(self, descriptor: int) -> None:
        """Begin to watch a connection for input."""
        self._epoll.register(descriptor, self._input)

    def add_shared(self, descriptor: int) -> None:
        """Begin to watch a listening or waking socket."""
        # EPOLLEXCLUSIVE: a new connection wakes one worker process, not all of them.
        self._epoll.register(descriptor, select.EPOLLIN | select.EPOLLEXCLUSIVE)

    def remove(self, descriptor: int) -> None:
        """Stop watching a descriptor."""
        self._epoll.unregister(descriptor)

    def want_write(self, descriptor: int, wanted: bool) -> None:
        """Watch a connection for room to write too, or no longer."""
        # Modifying reports at once what is ready already, so no edge is lost in between.
        self._epoll.modify(descriptor, self._input | (select.EPOLLOUT if wanted else 0))

    def mute(self, descriptor: int) -> None:
        """Report no input of a connection; its end still is, as epoll always does."""
        self._epoll.modify(descriptor, select.EPOLLET)

    def rearm(self, descriptor: int, write: bool) -> None:
        """Do nothing: an edge is reported whenever there is a new one."""

    def wait(self, timeout: float) -> list[tuple[int, int]]:
        """Wait for events."""
        return self._epoll.poll(timeout, BATCH)

    def close(self) -> None:
        """Close the epoll descriptor."""
        self._epoll.close()


class SelectorPoller:
    """The best selector that Python finds on the system, made to report once."""

    one_shot = True

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._shared: set[int] = set()

    def add(self, descriptor: int) -> None:
        """Begin to watch a connection for input."""
        self._selector.register(descriptor, selectors.EVENT_READ)

    def add_shared(self, descriptor: int) -> None:
        """Begin to watch a listening or waking socket."""
        self._shared.add(descriptor)
        self._selector.register(descriptor, selectors.EVENT_READ)

    def remove(self, descriptor: int) -> None:
        """Stop watching a descriptor."""
        self._shared.discard(descriptor)
        try:
            self._selector.unregister(descriptor)
        except KeyError:
            pass  # it was disarmed: reported, and not rearmed since

    def want_write(self, descriptor: int, wanted: bool) -> None:
        """Do nothing: the owner says what it wants when it rearms."""

    def mute(self, descriptor: int) -> None:
        """Do nothing: what was reported is disarmed."""

    def rearm(self, descriptor: int, write: bool) -> None:
        """Have a connection reported again."""
        events = selectors.EVENT_WRITE if write else selectors.EVENT_READ
        try:
            self._selector.register(descriptor, events)
        except KeyError:
            self._selector.modify(descriptor, events)

    def wait(self, timeout: float) -> list[tuple[int, int]]:
        """Wait for events and disarm the connections reported."""
        found = []
        for key, events in self._selector.select(None if timeout < 0 else timeout):
            if key.fd not in self._shared:
                self._selector.unregister(key.fd)
            reading = READ if events & selectors.EVENT_READ else 0
            writing = WRITE if events & selectors.EVENT_WRITE else 0
            found.append((key.fd, reading | writing))
        return found

    def close(self) -> None:
        """Close the selector."""
        self._selector.close()


def make_poller(name: str) -> Poller:
    """Return the poller that the settings name; ``"auto"`` is epoll where there is one."""
    if name == "epoll" or (name == "auto" and hasattr(select, "epoll")):
        return EpollPoller()
    return SelectorPoller()


def wait_readable(descriptor: int, timeout: float) -> bool:
    """Block until a descriptor is readable; return False after ``timeout`` seconds."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(timeout * 1000))
    return bool(select.select([descriptor], [], [], timeout)[0])

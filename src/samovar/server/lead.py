"""Who leads the loop: the Leader/Followers pattern (POSA 2), fitted to Python.

One thread, the leader, runs the loop and calls the application itself; the others are parked.
The lead moves on when a call blocks: either the application says so beforehand
(:meth:`Lead.pass_on`), or the watchdog finds the same call still running a few milliseconds
later. The thread that lost the lead finishes what it does and parks.

How the lead changes hands without a lock on the fast path: while the leader is inside a call,
``calls`` holds that call and nothing else. Taking it out is atomic, and whoever takes it out
decides: the leader, that it goes on leading; another thread, that it passes the lead on. The
leader must take out its own call, by name: once it has lost the lead, the list may hold the call
of the next leader. The promotion lock only orders what the promoter does after that before what
the late thread does.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from samovar.server.http1 import HTTPExchange

WATCH_SECONDS = 0.002
"""How often the watchdog looks. A call is caught after one to two such periods, which is the
longest that a fast request waits behind an unexpectedly slow one."""

DOZE_AFTER = 50
"""Looks without any call running before the watchdog sleeps until it is rung: 0.1 s. A busy
server never pays for ringing, an idle one never wakes."""

PATIENCE_SECONDS = 60.0
"""How long a parked thread waits for work before it ends. A burst needs its threads again
soon or not at all."""

log = logging.getLogger("samovar.server")


class _Follower:
    """A parked thread: releasing the lock gives it the lead."""

    __slots__ = ("lock",)

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.lock.acquire()


class Lead:
    """The lead over one loop, and the threads that may hold it.

    Args:
        run: Runs the loop in the thread that has the lead; returns when the lead was lost or
            the loop has ended.
        max_threads: The most threads.
        caught: Told which exchange held up the loop, from the watchdog's thread.

    Attributes:
        calls: The call that the leader is in; see the module's text. The loop appends to it
            before a call and removes that very call after it.
        waiting: Whether the leader waits for events; set and cleared by the loop.
        dozing: Whether the watchdog must be rung after waiting.
    """

    def __init__(
        self,
        run: Callable[[], None],
        max_threads: int,
        caught: Callable[[HTTPExchange], None],
    ) -> None:
        self.calls: list[HTTPExchange] = []
        self.waiting = False
        self.dozing = False
        self._run = run
        self._caught = caught
        self._max_threads = max_threads
        self._threads = 0
        self._promotion = threading.Lock()
        self._parked: list[_Follower] = []
        self._bell = threading.Event()
        self._ended = False
        self._told = False
        self._watchdog = threading.Thread(target=self._watch, name="samovar-watchdog", daemon=True)

    def start(self) -> None:
        """Start the first leader and the watchdog.

        Raises:
            RuntimeError: The system starts no thread.
        """
        self._watchdog.start()
        leader = self._start_follower()
        if leader is None:
            raise RuntimeError("No thread can be started to serve in.")
        leader.lock.release()

    def end(self) -> None:
        """Send the parked threads home, once the loop has ended."""
        self._ended = True
        self._bell.set()
        with self._promotion:
            while self._parked:
                self._parked.pop().lock.release()

    def lost(self) -> None:
        """Wait until the promoter has marked the connection as not the loop's.

        Called by a leader that found its call taken out, before it goes on with its request.
        """
        with self._promotion:
            pass

    def pass_on(self, exchange: HTTPExchange) -> None:
        """Give the lead to another thread if the caller leads in this call; harmless if not."""
        with self._promotion:
            # Only the caller and a holder of this lock can take out the caller's own call.
            if self.calls and self.calls[0] is exchange:
                self._promote()

    def lend(self, exchange: HTTPExchange) -> None:
        """Give the lead away for long: the caller's thread does not count until it comes back.

        Connections that programs take over are bounded by ``max_connections``; counted among
        the threads, a few idle ones would leave none for views.
        """
        with self._promotion:
            self._threads -= 1
            if self.calls and self.calls[0] is exchange:
                self._promote()

    def take_back(self) -> None:
        """Count a lent thread again; until it parks there may be one more than allowed."""
        with self._promotion:
            self._threads += 1

    def ring(self) -> None:
        """Have the watchdog look again; called by the leader when it finds it dozing."""
        self.dozing = False
        self._bell.set()

    def _promote(self) -> HTTPExchange | None:
        """Pass the lead on, with the promotion lock held.

        Returns:
            The exchange whose call goes on without the lead, or None where the lead stays.
        """
        follower = self._parked.pop() if self._parked else self._start_follower()
        if follower is None:
            return None
        try:
            exchange = self.calls.pop()
        except IndexError:
            self._parked.append(follower)
            return None
        exchange.carrier.busy = True
        follower.lock.release()
        return exchange

    def _start_follower(self) -> _Follower | None:
        """Start a thread that waits for the lead; None where there may be no more of them."""
        if self._threads >= self._max_threads:
            return None
        follower = _Follower()
        name = f"samovar-{self._threads + 1}"
        try:
            threading.Thread(target=self._follow, args=(follower,), name=name, daemon=True).start()
        except RuntimeError as error:
            # The call at hand keeps the lead, and the others wait for it.
            if not self._told:
                self._told = True
                log.error("No further thread can be started for views: %s.", error)
            return None
        self._threads += 1
        return follower

    def _follow(self, me: _Follower) -> None:
        """Be a follower, then a leader, in turn."""
        while me.lock.acquire(timeout=PATIENCE_SECONDS) or not self._leave(me):
            if self._ended:
                return
            self._run()
            with self._promotion:
                if self._ended:
                    return
                self._parked.append(me)

    def _leave(self, me: _Follower) -> bool:
        """End a thread that nobody has needed, unless somebody has just picked it."""
        with self._promotion:
            if me in self._parked:
                self._parked.remove(me)
                self._threads -= 1
                return True
        me.lock.acquire()
        return False

    def _watch(self) -> None:
        """Look every few milliseconds whether the leader still is in the same call."""
        seen: HTTPExchange | None = None
        quiet = 0
        clock = threading.Event()  # never set: waiting for it is a sleep
        while not self._ended:
            clock.wait(WATCH_SECONDS)
            try:
                call = self.calls[0]
            except IndexError:
                seen = None
                quiet += 1
                if quiet > DOZE_AFTER:
                    self._doze()
                    quiet = 0
                continue
            quiet = 0
            if call is seen:
                with self._promotion:
                    late = self._promote()
                if late is not None:
                    self._caught(late)
                    seen = None
                    continue
            seen = call

    def _doze(self) -> None:
        self._bell.clear()
        self.dozing = True
        # A leader that waits now will look at the flag before its next call; one that does not
        # may have looked already.
        if self.waiting and not self._ended:
            self._bell.wait()
        self.dozing = False

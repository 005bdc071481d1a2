"""What the server's WSGI bridge learns about how long an application runs."""

from __future__ import annotations

from samovar.exchange import Exchange

BLOCKS_FROM = 0.001
"""Seconds of run time from which a call counts as blocking: handing on the lead costs some tens
of microseconds, and the other connections wait no longer than this."""

WEIGHT = 0.25
"""How much the latest run counts. One run of 1 ms by accident (garbage collection, a busy
machine) does not make a fast path slow; one of 4 ms does, and some fast runs undo it."""

CAUGHT = 0.016
"""Seconds that a call caught in the act counts for, whatever its average was."""

MAX_KINDS = 256
"""Kinds of request remembered. Only slow ones are, and only an application that is slow for
every path, asked for very many paths, has more; then the oldest is forgotten."""

Kind = tuple[str, bytes]


class RunTimes:
    """A moving average of run time for each kind of request that was ever slow.

    An application behind WSGI does not show its routes, so the kind is made of the method and
    the first segment of the path. Several threads may use it at once: each step is atomic, and
    a lost update only makes the average a little older.
    """

    def __init__(self) -> None:
        self._averages: dict[Kind, float] = {}

    def expect_blocking(self, exchange: Exchange) -> bool:
        """Tell whether requests of this kind are known to block."""
        # PERF: nothing is slow in most applications; then no kind is worked out, saves 0.4 us.
        if not self._averages:
            return False
        return self._averages.get(_kind(exchange), 0.0) >= BLOCKS_FROM

    def record(self, exchange: Exchange, seconds: float) -> None:
        """Take the run time of a call that has ended."""
        if seconds < BLOCKS_FROM and not self._averages:
            return
        kind = _kind(exchange)
        average = self._averages.get(kind, 0.0)
        average += (seconds - average) * WEIGHT
        if average > BLOCKS_FROM * WEIGHT:
            self._remember(kind, average)
        else:
            self._averages.pop(kind, None)

    def mark(self, exchange: Exchange) -> None:
        """Count requests of this kind as blocking from now on; the call still runs."""
        self._remember(_kind(exchange), CAUGHT)

    def _remember(self, kind: Kind, average: float) -> None:
        averages = self._averages
        if kind not in averages and len(averages) >= MAX_KINDS:
            averages.pop(next(iter(averages.copy())), None)
        averages[kind] = average


def _kind(exchange: Exchange) -> Kind:
    """Return the kind of a request: GET /user/7?x=1 is of the kind ("GET", b"user")."""
    path = exchange.target.partition(b"?")[0]
    return exchange.method, path[1:].partition(b"/")[0]

"""Replacing a worker after a number of requests, against memory that leaks."""

from __future__ import annotations

import random
from collections.abc import Callable

from samovar.exchange import Answer, BodyPolicy, Exchange, Handler


class CountingHandler:
    """Counts the requests of a handler, and says when there have been enough.

    It stands in front of the handler only where somebody counts, so the others pay nothing.

    Args:
        handler: Answers the requests.
        most: After how many requests to say so.
        jitter: The most requests by which that is varied, so that workers which started together
            are not replaced together.
        on_enough: Called then, and again after as many more, in a thread that serves.
    """

    def __init__(
        self, handler: Handler, most: int, jitter: int, on_enough: Callable[[], None]
    ) -> None:
        self.body_policy: Callable[[Exchange], BodyPolicy] = handler.body_policy
        self.caught_blocking: Callable[[Exchange], None] = handler.caught_blocking
        self._handle = handler.handle
        # A supervisor that could not start a successor is asked again.
        self._most = most + random.randint(0, jitter)
        self._left = self._most
        self._on_enough = on_enough

    def handle(self, exchange: Exchange) -> Answer:
        """Answer a request, and count it."""
        # Only the leader calls handlers, so nobody counts at the same time.
        self._left -= 1
        if not self._left:
            self._left = self._most
            self._on_enough()
        return self._handle(exchange)

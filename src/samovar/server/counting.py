"""What happens after a number of requests: to a worker, against leaks, and to a connection.

Both counts stand in front of the handler, and only where somebody wants them: nothing is counted
for the others.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from samovar.exchange import Answer, BodyPolicy, Exchange, Handler
from samovar.server.connection import Connection
from samovar.server.http1 import HTTPExchange


class CountingHandler:
    """Counts the requests of a handler, and says when there have been enough.

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


def limit_connections(
    handle: Callable[[HTTPExchange], Answer], most: int
) -> Callable[[HTTPExchange], Answer]:
    """Return a function that answers requests, and has each connection end with its last one.

    Args:
        handle: Answers the requests.
        most: The most requests of a connection.
    """

    def handle_and_count(exchange: HTTPExchange) -> Answer:
        connection = exchange.carrier
        assert isinstance(connection, Connection), "the loop makes exchanges of connections"
        connection.answered += 1
        if connection.answered >= most:
            exchange.keep_alive = exchange.ordinary = False
        return handle(exchange)

    return handle_and_count

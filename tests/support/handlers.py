"""Handlers for tests of the server: an application in the smallest form."""

from __future__ import annotations

from collections.abc import Callable

from samovar.exchange import Answer, BodyPolicy, Exchange, Reply

PLAIN = (("Content-Type", "text/plain"),)


class FunctionHandler:
    """Answers with a function.

    Args:
        function: Called with each exchange.
        policy: What it says about every request body.

    Attributes:
        caught: The targets of the requests that the server caught blocking.
    """

    def __init__(
        self, function: Callable[[Exchange], Answer], policy: BodyPolicy | None = None
    ) -> None:
        self.handle = function
        self._policy = policy or BodyPolicy()
        self.caught: list[bytes] = []

    def body_policy(self, exchange: Exchange) -> BodyPolicy:
        """Say what was given."""
        return self._policy

    def caught_blocking(self, exchange: Exchange) -> None:
        """Note the target."""
        self.caught.append(exchange.target)


def echo(exchange: Exchange) -> Reply:
    """Answer with the body of the request."""
    return Reply(200, PLAIN, exchange.body.read())


def text(body: str) -> Reply:
    """Return a reply of plain text."""
    return Reply(200, PLAIN, body.encode())

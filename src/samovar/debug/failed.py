"""Stands in for a program that could not be loaded, until it is mended."""

from __future__ import annotations

from typing import NoReturn

from samovar.exchange import BodyPolicy, Exchange


class FailedProgram:
    """A handler that stands in for a program that could not be loaded.

    Args:
        error: What the program raised; raised again for every request.
    """

    def __init__(self, error: Exception) -> None:
        self._error = error
        self._frames = error.__traceback__

    def handle(self, exchange: Exchange) -> NoReturn:
        """Raise the error."""
        raise self._error.with_traceback(self._frames)

    def body_policy(self, exchange: Exchange) -> BodyPolicy:
        """Have the body collected, as for any program."""
        return BodyPolicy()

    def caught_blocking(self, exchange: Exchange) -> None:
        """Do nothing: raising does not block."""

"""The access log: one line for each request, written in batches."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import time
from typing import TextIO

from samovar.exchange import RequestFields
from samovar.server.log_lines import KINDS, Line, Peer

MAX_BUFFERED = 512
"""Lines kept until the next flush. The loop flushes before it waits, so only a burst fills it;
a line is no longer than the head that it shows, so this bounds the memory too."""


class AccessLog:
    """Formats lines and writes them in batches. Any thread may log and flush.

    Args:
        line: Formats a line.
        format_date: Makes a line's date from seconds since the epoch.
        stream: Where the lines go; not closed here.
    """

    def __init__(
        self,
        line: Line,
        format_date: Callable[[int], str],
        stream: TextIO,
    ) -> None:
        self._line = line
        self._format_date = format_date
        self._stream = stream
        self._lines: list[str] = []
        self._writing = threading.Lock()
        self._date = (0, "")

    def log(
        self,
        method: str,
        target: bytes,
        http_version: str,
        peer: Peer,
        status: int,
        size: int,
        fields: RequestFields,
        seconds: float | None,
    ) -> None:
        """Add the line of a request that has been answered. Blocks only when the buffer is full.

        Args:
            method: The method, ``""`` where no request line could be read.
            target: The request target as it came.
            http_version: ``"1.1"`` or ``"1.0"``.
            peer: The client's address as the socket gives it.
            status: The status code.
            size: How many bytes of body were sent.
            fields: The field lines of the request.
            seconds: From the end of the request head to the end of the reply, or None where
                that was not measured.
        """
        now = int(time())
        second, date = self._date
        if second != now:
            date = self._format_date(now)
            # One assignment: no thread sees the second of one date with the text of another.
            self._date = (now, date)
        lines = self._lines
        lines.append(
            self._line(date, method, target, http_version, peer, status, size, fields, seconds)
        )
        if len(lines) >= MAX_BUFFERED:
            self.flush()

    def flush(self) -> None:
        """Write what was added. Blocks for as long as the stream does.

        A stream that cannot be written (a closed pipe, a full disk) loses these lines: a server
        that stops serving because nobody reads its log would be worse.
        """
        if not self._lines:
            return
        with self._writing:
            # Copying and deleting are each atomic, and lines are only ever added at the end.
            batch = self._lines[:]
            del self._lines[: len(batch)]
            try:
                self._stream.write("\n".join(batch) + "\n")
                self._stream.flush()
            except (OSError, ValueError):
                return


def make_logger(kind: str, stream: TextIO) -> AccessLog | None:
    """Make the access log of the given kind.

    Args:
        kind: ``"plain"``, ``"common"``, ``"combined"``, ``"json"`` or ``"off"``.
        stream: Where the lines go.

    Returns:
        The log, or None for ``"off"``.

    Raises:
        ValueError: If there is no such kind.
    """
    if kind == "off":
        return None
    if kind not in KINDS:
        known = ", ".join(["off", *KINDS])
        raise ValueError(f"There is no access log {kind!r}; choose one of: {known}.")
    return AccessLog(*KINDS[kind], stream)

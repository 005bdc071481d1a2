"""Which bytes of a file are meant by a Range field (RFC 9110, section 14.1)."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from werkzeug.http import parse_range_header

MAX_RANGES = 32
"""Parts sent in one answer. Readers of documents ask for a handful; each part costs a head of
its own, and whoever asks for very many wants to see the server work."""


class Span(NamedTuple):
    """A stretch of a file, in bytes: from ``start`` up to, not including, ``stop``."""

    start: int
    stop: int

    def content_range(self, size: int) -> str:
        """Return it as a Content-Range, of a file with ``size`` bytes."""
        return f"bytes {self.start}-{self.stop - 1}/{size}"


def spans(value: str, size: int) -> tuple[Span, ...] | None:
    """Return the stretches of a file that a Range asks for.

    Args:
        value: The field's value.
        size: The file's size in bytes.

    Returns:
        The stretches in rising order; none at all where nothing of what is asked for is there
        (416), and None where the field is to be ignored: it is malformed, of another unit,
        out of order, or greedy, all of which section 14.2 allows to ignore.
    """
    parsed = parse_range_header(value)
    if parsed is None or parsed.units != "bytes" or len(parsed.ranges) > MAX_RANGES or not size:
        return None
    found = []
    for start, stop in parsed.ranges:
        if start < 0:
            # A suffix: "if the representation is shorter, the entire one is used".
            found.append(Span(max(size + start, 0), size))
        elif start < size:
            found.append(Span(start, size if stop is None else min(stop, size)))
    # A suffix may reach back into what was asked for before it.
    if any(left.stop > right.start for left, right in pairwise(found)):
        return None
    return tuple(found)

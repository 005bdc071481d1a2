"""What is sent of an open file, as the body of a reply."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader, FileIO
from itertools import zip_longest
from typing import BinaryIO

from samovar.exchange import FileSegment
from samovar.files.ranges import Span

BLOCK = 65_536
"""The bytes of a file that are read at a time, where the system cannot send it by itself."""


class FileContent:
    """Parts of an open file, which the server may send without reading them.

    Args:
        file: Open for reading bytes, and able to seek; closed with this.
        spans: The parts.
        heads: What comes before each part, and after the last one, or nothing.
    """

    def __init__(
        self, file: BinaryIO, spans: tuple[Span, ...], heads: tuple[bytes, ...] = ()
    ) -> None:
        self._file = file
        self._spans = spans
        self._heads = heads

    def segment(self, length: int | None) -> FileSegment | None:
        """Return what the system can send by itself.

        Args:
            length: The Content-Length of the response, in bytes.

        Returns:
            The part, or None where there are several, or where the response is not of its
            length any more, or where this is no file of the file system.
        """
        is_plain = isinstance(self._file, BufferedReader | FileIO)
        if self._heads or len(self._spans) != 1 or not is_plain:
            return None
        start, stop = self._spans[0]
        return FileSegment(self._file, start, stop - start) if length == stop - start else None

    def __iter__(self) -> Iterator[bytes]:
        for head, span in zip_longest(self._heads, self._spans):
            if head is not None:
                yield head
            if span is not None:
                yield from self._blocks(span)

    def _blocks(self, span: Span) -> Iterator[bytes]:
        self._file.seek(span.start)
        left = span.stop - span.start
        while left and (block := self._file.read(min(left, BLOCK))):
            left -= len(block)
            yield block

    def close(self) -> None:
        """Close the file."""
        self._file.close()

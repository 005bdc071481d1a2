"""What is sent of an open file, as the body of a reply."""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedReader, FileIO
from itertools import zip_longest
from typing import IO

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

    Attributes:
        spans: The parts.
    """

    def __init__(
        self, file: IO[bytes], spans: tuple[Span, ...], heads: tuple[bytes, ...] = ()
    ) -> None:
        self.spans = spans
        self._file = file
        self._heads = heads

    def only_segment(self) -> FileSegment | None:
        """Return what the system can send by itself.

        None where there are several parts, or where this is no file of the file system.
        """
        if self._heads or len(self.spans) != 1:
            return None
        if not isinstance(self._file, BufferedReader | FileIO):
            return None
        start, stop = self.spans[0]
        return FileSegment(self._file, start, stop - start)

    def segment(self, length: int | None) -> FileSegment | None:
        """Return the same for a response whose Content-Length is ``length`` in bytes.

        None also where that is another one, for somebody changed the response.
        """
        is_all = length == sum(span.stop - span.start for span in self.spans)
        return self.only_segment() if is_all else None

    def __iter__(self) -> Iterator[bytes]:
        for head, span in zip_longest(self._heads, self.spans):
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

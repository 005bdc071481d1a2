"""``wsgi.file_wrapper``: how a WSGI application hands over a whole file (PEP 3333)."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from typing import Any

from samovar.exchange import FileSegment

DEFAULT_BLOCK = 65536
"""Bytes read at a time where the file cannot be sent by the system: one pipe's worth."""


class FileWrapper:
    """An iterable over blocks of a file-like object.

    The server looks for this class in what the application returns: where it holds a real file,
    the bytes go from the file to the socket without passing through Python. Everywhere else
    (middleware may iterate it) it behaves as any iterable of bytes.

    Args:
        filelike: An object with ``read(size)``; closed with the reply where it has ``close()``.
        block_size: Bytes to read at a time.
    """

    def __init__(self, filelike: Any, block_size: int = DEFAULT_BLOCK) -> None:
        self.filelike = filelike
        self.block_size = block_size

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        block: bytes = self.filelike.read(self.block_size)
        if not block:
            raise StopIteration
        return block

    def close(self) -> None:
        """Close the file, where it can be closed."""
        close = getattr(self.filelike, "close", None)
        if close is not None:
            close()

    def segment(self, length: int | None) -> FileSegment | None:
        """Return the rest of the file as a segment that the system can send.

        Args:
            length: What the application announced as Content-Length in bytes, or None.

        Returns:
            The segment from the file's current position, or None where the object is no
            regular file read as it lies on the disk, or is shorter than announced.
        """
        file = self.filelike
        if not _is_plain_file(file):
            return None
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            return None
        offset = file.tell()
        available = max(status.st_size - offset, 0)
        if length is None:
            return FileSegment(file, offset, available)
        return FileSegment(file, offset, length) if length <= available else None


def _is_plain_file(file: object) -> bool:
    """Tell whether reading the object gives the bytes of its descriptor, unchanged.

    Having a ``fileno()`` is not enough: that of a ``GzipFile`` leads to the compressed bytes.
    So only the classes that ``open(path, "rb")`` gives are taken.
    """
    if type(file) in (io.BufferedReader, io.BufferedRandom):
        file = getattr(file, "raw", None)
    return type(file) is io.FileIO

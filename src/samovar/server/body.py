"""Request bodies: collected while they arrive, read as a stream, or refused."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from io import FileIO
from typing import Any, BinaryIO, cast

from samovar.exchange import BodyError


class BodyCollector:
    """Gathers a body: in memory while it is small, in a temporary file beyond that.

    Args:
        max_memory: The most bytes kept in memory.
    """

    __slots__ = ("_chunks", "_file", "_max_memory", "size")

    def __init__(self, max_memory: int) -> None:
        self.size = 0
        self._chunks: list[bytes] = []
        self._file: FileIO | None = None
        self._max_memory = max_memory

    def write(self, data: bytes) -> None:
        """Append a piece.

        Raises:
            OSError: The temporary file cannot be written, for instance on a full disk.
        """
        self.size += len(data)
        if self._file is not None:
            _write(self._file, data)
            return
        self._chunks.append(data)
        if self.size > self._max_memory:
            # The file has no name: nothing is left behind, whatever happens to the process. And
            # no buffer: a full disk is noticed here, not when the file is read or closed.
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
            for chunk in self._chunks:
                _write(self._file, chunk)
            self._chunks.clear()

    @property
    def spooled(self) -> bool:
        """Whether the body went to a temporary file."""
        return self._file is not None

    def open(self) -> BinaryIO:
        """Return the whole body as a file at its start. Called once; discard() closes it."""
        if self._file is not None:
            self._file.seek(0)
            return cast(BinaryIO, io.BufferedReader(self._file))
        return io.BytesIO(self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks))

    def discard(self) -> None:
        """Forget what was gathered; a file that was opened on it is closed."""
        self._chunks.clear()
        if self._file is not None:
            self._file.close()


def _write(file: FileIO, data: bytes) -> None:
    """Write all of the data; the system may take less at a time."""
    count = file.write(data)
    while count < len(data):
        data = data[count:]
        count = file.write(data)


class _OneWay(io.RawIOBase):
    """A raw file that is only read, from start to end."""

    def readable(self) -> bool:
        return True


class RefusedBody(_OneWay):
    """A body that was not taken: reading it raises the reason."""

    def __init__(self, error: BodyError) -> None:
        super().__init__()
        self._error = error

    def readinto(self, buffer: Any, /) -> int:
        """Refuse to read.

        Raises:
            BodyError: Always.
        """
        raise self._error


class StreamedBody(_OneWay):
    """A body that the view reads while it arrives.

    Args:
        receive: Waits for the next piece and returns it, ``b""`` at the end of the body;
            raises BodyError where the rest will not come. It blocks.
    """

    def __init__(self, receive: Callable[[], bytes]) -> None:
        super().__init__()
        self._receive = receive
        self._rest = b""

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer with what has arrived, waiting for at least one byte."""
        view = memoryview(buffer).cast("B")
        data = self._rest or self._receive()
        count = min(len(view), len(data))
        view[:count] = data[:count]
        self._rest = data[count:]
        return count


def open_stream(receive: Callable[[], bytes]) -> BinaryIO:
    """Return a buffered file over a streamed body; see :class:`StreamedBody`."""
    return cast(BinaryIO, io.BufferedReader(StreamedBody(receive), _STREAM_BUFFER))


def refuse(error: BodyError) -> BinaryIO:
    """Return a file which raises the error when it is read."""
    return cast(BinaryIO, io.BufferedReader(RefusedBody(error)))


_STREAM_BUFFER = 65_536
"""Bytes a stream reads ahead: one piece as the loop receives it."""

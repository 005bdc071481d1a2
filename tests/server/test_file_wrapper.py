"""wsgi.file_wrapper: which files are sent by the system, and how the others are read."""

from __future__ import annotations

import gzip
import io
import os
from pathlib import Path

import pytest

from samovar.server.file_wrapper import FileWrapper


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file.bin"
    path.write_bytes(b"0123456789")
    return path


def test_real_file_is_a_segment_from_where_it_stands(path: Path) -> None:
    with path.open("rb") as file:
        file.read(4)
        segment = FileWrapper(file).segment(None)
        assert segment is not None
        assert (segment.file, segment.offset, segment.length) == (file, 4, 6)


def test_segment_is_as_long_as_announced(path: Path) -> None:
    with path.open("rb") as file:
        segment = FileWrapper(file).segment(3)
        assert segment is not None
        assert segment.length == 3


def test_there_is_no_segment_when_the_file_is_shorter_than_announced(path: Path) -> None:
    with path.open("rb", buffering=0) as file:
        assert FileWrapper(file).segment(11) is None


def test_there_is_no_segment_when_reading_transforms_the_bytes(tmp_path: Path) -> None:
    packed = tmp_path / "file.gz"
    packed.write_bytes(gzip.compress(b"hello"))
    with gzip.open(packed) as file:
        assert FileWrapper(file).segment(None) is None
        buffered = io.BufferedReader(file)
        assert FileWrapper(buffered).segment(None) is None
        assert b"".join(FileWrapper(buffered)) == b"hello"


def test_there_is_no_segment_when_the_file_is_a_pipe() -> None:
    reading, writing = os.pipe()
    with open(reading, "rb") as file, open(writing, "wb") as other:
        assert FileWrapper(file).segment(None) is None
        other.write(b"through the pipe")
        other.close()
        assert b"".join(FileWrapper(file)) == b"through the pipe"


def test_blocks_have_the_size_asked_for() -> None:
    assert list(FileWrapper(io.BytesIO(b"abcde"), 2)) == [b"ab", b"cd", b"e"]


def test_close_closes_the_file_when_it_can_be_closed() -> None:
    file = io.BytesIO()
    FileWrapper(file).close()
    assert file.closed
    FileWrapper(object()).close()

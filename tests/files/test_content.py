"""Parts of a file as a body."""

from __future__ import annotations

import io
from pathlib import Path

from samovar.exchange import FileSegment
from samovar.files.content import BLOCK, FileContent
from samovar.files.ranges import Span


def test_parts_are_read_with_what_stands_around_them(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"a" * BLOCK + b"b" * BLOCK)
    spans = (Span(0, 2), Span(BLOCK - 1, 2 * BLOCK))
    content = FileContent(path.open("rb"), spans, (b"<", b"|", b">"))
    assert b"".join(content) == b"<aa|a" + b"b" * BLOCK + b">"
    assert content.only_segment() is None
    content.close()


def test_single_part_of_a_real_file_is_left_to_the_system(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    file = path.open("rb")
    content = FileContent(file, (Span(2, 5),))
    assert content.segment(3) == FileSegment(file, 2, 3)
    # Somebody put another body behind these headers, or other headers before this body.
    assert content.segment(4) is None
    assert content.segment(None) is None
    content.close()
    assert file.closed
    assert FileContent(io.BytesIO(b"012"), (Span(0, 3),)).only_segment() is None


def test_file_that_was_cut_off_ends_early() -> None:
    assert b"".join(FileContent(io.BytesIO(b"012"), (Span(1, 9),))) == b"12"

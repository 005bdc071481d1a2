"""What is remembered of files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from samovar.files import known
from samovar.files.known import KnownFile, Memory

FIELDS = (("Content-Type", "text/plain"),)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file.txt"
    path.write_text("hello")
    return path


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take files for settled at once."""
    monkeypatch.setattr(known, "SETTLED", -1.0)


def know(path: Path) -> KnownFile:
    with path.open("rb") as file:
        return KnownFile(str(path), file, FIELDS, '"tag"')


def test_content_is_not_remembered_when_it_has_just_changed(path: Path) -> None:
    assert know(path).content is None


@pytest.mark.usefixtures("settled")
def test_content_is_remembered_when_it_is_small(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert know(path).content == b"hello"
    monkeypatch.setattr(known, "MAX_CONTENT", 4)
    assert know(path).content is None


def test_change_is_noticed_even_if_size_and_time_stay(path: Path) -> None:
    file = know(path)
    status = path.stat()
    assert file.is_unchanged()
    path.write_text("HELLO")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert not file.is_unchanged()
    assert file.open() is None


def test_another_file_by_the_same_name_is_noticed(path: Path, tmp_path: Path) -> None:
    file = know(path)
    other = tmp_path / "other"
    other.write_text("other")
    other.replace(path)
    assert not file.is_unchanged()
    assert file.open() is None
    path.unlink()
    assert not file.is_unchanged()
    assert file.open() is None


def test_file_can_be_opened_again_while_it_is_the_same(path: Path) -> None:
    opened = know(path).open()
    assert opened is not None
    with opened:
        assert opened.read() == b"hello"


def test_path_is_looked_up_again_after_a_while(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Memory[str]()
    noted = memory.note("key", know(path), {})
    assert memory.recall("key") is noted
    assert memory.recall("other") is None
    monkeypatch.setattr(known, "FRESH", 0.0)
    memory.note("key", know(path), {})
    assert memory.recall("key") is None


@pytest.mark.usefixtures("settled")
def test_memory_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "MAX_KNOWN", 3)
    memory = Memory[int]()
    for key in range(10):
        memory.note(key, know(path), {})
        memory.note(key, know(path), {"gzip": know(path)})
        assert len(memory) <= 3
        assert memory.recall(key) is not None
    monkeypatch.setattr(known, "MAX_KNOWN", 100)
    monkeypatch.setattr(known, "MAX_MEMORY", 21)
    for key in range(10, 20):
        memory.note(key, know(path), {})
        assert len(memory) <= 4
    memory.forget(19)
    assert memory.recall(19) is None

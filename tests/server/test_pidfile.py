"""The file that says which process the server is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from samovar.server.pidfile import PidFile, PidFileTaken, PidFileUnfit

pytestmark = pytest.mark.skipif(os.name == "nt", reason="this system has no such files")


def test_file_is_there_for_as_long_as_the_block(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    with PidFile(str(path)):
        assert path.read_text() == f"{os.getpid()}\n"
    assert list(tmp_path.iterdir()) == []


def test_file_of_a_running_process_is_respected(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    path.write_text(f"{os.getppid()}\n")
    with pytest.raises(PidFileTaken, match=f"names process {os.getppid()}, which is running"):
        PidFile(str(path)).__enter__()
    assert path.read_text() == f"{os.getppid()}\n"


def test_folder_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(PidFileUnfit, match="Cannot write the --pidfile .*: No such file"):
        PidFile(str(tmp_path / "none" / "pid")).__enter__()


@pytest.mark.parametrize("content", ["999999999\n", "", "no number", "\xff", f"{os.getpid()}"])
def test_file_that_names_no_other_process_is_replaced(tmp_path: Path, content: str) -> None:
    path = tmp_path / "pid"
    path.write_text(content, encoding="latin-1")
    with PidFile(str(path)):
        assert path.read_text() == f"{os.getpid()}\n"


def test_file_of_a_successor_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    with PidFile(str(path)):
        path.write_text("1\n")
    assert path.read_text() == "1\n"


def test_relative_path_holds_when_the_program_changes_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with PidFile("pid"):
        monkeypatch.chdir("/")
    assert list(tmp_path.iterdir()) == []

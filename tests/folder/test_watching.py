"""Changes of files that are seen, and those that do not count."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchfiles import Change

from samovar.folder import watching
from samovar.folder.watching import Watching
from tests.support.serving import PATIENCE


class Changes:
    """A folder that is watched, and what was told of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told = queue.SimpleQueue[None]()
        self.watching = Watching(str(folder), lambda: self.told.put(None))

    def begin(self) -> None:
        """Write until a change is told: only then is it certain that the folder is watched."""
        self.watching.start()
        for number in range(int(PATIENCE / 0.1)):
            (self.folder / "begin.txt").write_text(str(number))
            try:
                self.told.get(timeout=0.1)
            except queue.Empty:
                continue
            return
        raise AssertionError("nothing was told")


@pytest.fixture
def changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Changes]:
    monkeypatch.setattr(watching, "TICK", 50)
    # A hidden folder on the way to it does not count.
    folder = tmp_path / ".hidden" / "site"
    (folder / "sub").mkdir(parents=True)
    (folder / ".git").mkdir()
    changes = Changes(folder)
    changes.begin()
    yield changes
    changes.watching.stop()


@pytest.mark.parametrize("name", ["new.html", "sub/deep.css", "sub"])
def test_change_is_told_wherever_it_is(changes: Changes, name: str) -> None:
    path = changes.folder / name
    if path.is_dir():
        path.rmdir()
    else:
        path.write_text("new")
    changes.told.get(timeout=PATIENCE)


def test_change_of_what_is_hidden_is_not_told(changes: Changes) -> None:
    seen = changes.watching._counts
    for name in (".git/index", "sub/.page.html.swp", ".env", "sub/__pycache__/x.pyc"):
        assert not seen(Change.modified, str(changes.folder / name))
    assert seen(Change.added, str(changes.folder / "sub" / "page.html"))

"""What can be opened below a folder, and what cannot."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from samovar.folder import root as module
from samovar.folder.root import Root, names_of


@pytest.fixture(params=[True, False], ids=["openat", "portable"])
def opens_within(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Open as systems with ``openat`` do, and as the others."""
    monkeypatch.setattr(module, "_OPENS_WITHIN", request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with files, and links of all kinds."""
    folder = tmp_path / "site"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "file.txt").write_text("deep")
    (folder / "file.txt").write_text("file")
    (folder / ".hidden").write_text("hidden")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("secret")
    (tmp_path / "site2").mkdir()
    (tmp_path / "site2" / "secret.txt").write_text("secret")
    (folder / "inside").symlink_to("deep/er")
    (folder / "inside.txt").symlink_to("file.txt")
    (folder / "out").symlink_to("../outside")
    (folder / "out.txt").symlink_to("../outside/secret.txt")
    (folder / "absolute.txt").symlink_to(tmp_path / "outside" / "secret.txt")
    (folder / "neighbour").symlink_to("../site2")
    (folder / "to-hidden.txt").symlink_to(".hidden")
    (folder / "broken").symlink_to("nowhere")
    (folder / "loop").symlink_to("loop")
    (folder / "self").symlink_to(".")
    return folder


def read(root: Root, *names: str) -> bytes:
    opened = root.open(names)
    assert opened.descriptor is not None
    with os.fdopen(opened.descriptor, "rb") as file:
        return file.read()


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (b"/", []),
        (b"/file.txt", ["file.txt"]),
        (b"/deep/er/", ["deep", "er"]),
        (b"/caf%C3%A9%20x", ["café x"]),
        (b"/%ff", ["\udcff"]),
        (b"/a%2Fb", ["a", "b"]),
        (b"/%252e%252e", ["%2e%2e"]),
        (b"/...txt", None),
        (b"//", None),
        (b"//host/x", None),
        (b"/a//b", None),
        (b"/..", None),
        (b"/a/../b", None),
        (b"/%2e%2e/b", None),
        (b"/.%2E/b", None),
        (b"/a/%2e%2e%2fb", None),
        (b"/./a", None),
        (b"/.hidden", None),
        (b"/a/.git/config", None),
        (b"/..%5cb", None),
        (b"/a%5c..%5cb", None),
        (b"/a\\b", None),
        (b"/a%00.txt", None),
    ],
)
def test_path_is_taken_apart_into_names_that_lead_downwards(
    path: bytes, names: list[str] | None
) -> None:
    assert names_of(path) == names


@pytest.mark.usefixtures("opens_within")
def test_files_and_folders_below_are_opened(folder: Path) -> None:
    root = Root(str(folder))
    assert read(root, "file.txt") == b"file"
    assert read(root, "deep", "er", "file.txt") == b"deep"
    for names in ([], ["deep"], ["deep", "er"]):
        opened = root.open(names)
        assert opened.is_folder
        opened.close()


@pytest.mark.usefixtures("opens_within")
@pytest.mark.parametrize("names", ["inside/file.txt", "inside.txt", "self/self/file.txt"])
def test_link_that_stays_inside_is_followed(folder: Path, names: str) -> None:
    assert read(Root(str(folder)), *names.split("/")) in (b"file", b"deep")


ESCAPES = ["out.txt", "absolute.txt", "out/secret.txt", "out", "neighbour/secret.txt", "neighbour"]


@pytest.mark.usefixtures("opens_within")
@pytest.mark.parametrize("names", [*ESCAPES, "to-hidden.txt", "broken", "loop", "self/out.txt"])
def test_link_that_leads_out_is_not(folder: Path, names: str) -> None:
    with pytest.raises(OSError, match="."):
        Root(str(folder)).open(names.split("/"))


@pytest.mark.usefixtures("opens_within")
@pytest.mark.parametrize("names", ["missing", "file.txt/x", "deep/missing/x", "x" * 300])
def test_what_is_not_there_is_not_opened(folder: Path, names: str) -> None:
    with pytest.raises(OSError, match="."):
        Root(str(folder)).open(names.split("/"))


@pytest.mark.usefixtures("opens_within")
def test_link_that_leads_out_is_followed_when_it_may_be(folder: Path) -> None:
    root = Root(str(folder), follows_symlinks=True)
    assert read(root, "out.txt") == read(root, "out", "secret.txt") == b"secret"


@pytest.mark.usefixtures("opens_within")
def test_named_pipe_holds_nobody_up(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    opened = Root(str(folder)).open(["pipe"])
    assert not opened.is_file
    assert not opened.is_folder
    opened.close()


def test_folder_that_becomes_a_link_while_it_is_opened_leads_nowhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Win the race between the check of a link and the opening, which then meets the new link."""
    (folder / "gate").symlink_to("deep")
    real_names = Root.real_names

    def swap(root: Root, path: str) -> list[str]:
        names = real_names(root, path)
        (folder / "deep").rename(folder / "away")
        (folder / "deep").symlink_to("../outside")
        return names

    monkeypatch.setattr(Root, "real_names", swap)
    (folder / "deep" / "secret.txt").write_text("not secret")
    with pytest.raises(OSError, match="."):
        Root(str(folder)).open(["gate", "secret.txt"])


def test_folder_that_was_replaced_by_a_build_is_served_anew(folder: Path) -> None:
    root = Root(str(folder))
    assert read(root, "file.txt") == b"file"
    folder.rename(folder.with_name("old"))
    folder.mkdir()
    (folder / "file.txt").write_text("built anew")
    assert read(root, "file.txt") == b"built anew"


def test_folder_may_itself_be_reached_by_a_link(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("site")
    root = Root(str(tmp_path / "link"))
    assert read(root, "file.txt") == b"file"
    assert read(root, "inside", "file.txt") == b"deep"


def test_no_descriptor_is_left_open(folder: Path) -> None:
    root = Root(str(folder))
    before = len(os.listdir("/proc/self/fd"))
    for names in ("file.txt", "deep/er/file.txt", "inside/file.txt", "out.txt", "missing/x"):
        try:
            root.open(names.split("/")).close()
        except OSError:
            pass
    assert len(os.listdir("/proc/self/fd")) == before

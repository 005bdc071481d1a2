"""What is in a folder, in the order asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from samovar.folder import listing
from samovar.folder.listing import Listing, Order, entries_of, order_of, readable_size
from samovar.folder.root import Root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    for number, (name, size) in enumerate(
        {"file 10.txt": 10, "file 9.txt": 30, "Alpha": 20, "z.txt": 20}.items()
    ):
        (folder / name).write_bytes(b"x" * size)
        os.utime(folder / name, (1_700_000_000 + number, 1_700_000_000 + number))
    (folder / "sub").mkdir()
    return folder


def listed(folder: Path, order: Order = Order(), follows: bool = False) -> Listing:  # noqa: B008
    root = Root(str(folder), follows)
    opened = root.open([])
    try:
        return entries_of(opened, root, order)
    finally:
        opened.close()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (b"", "sub Alpha file 9.txt file 10.txt z.txt"),
        (b"sort=name&order=desc", "sub z.txt file 10.txt file 9.txt Alpha"),
        (b"sort=size&order=asc", "sub file 10.txt Alpha z.txt file 9.txt"),
        (b"sort=size&order=desc", "sub file 9.txt Alpha z.txt file 10.txt"),
        (b"sort=date", "sub file 10.txt file 9.txt Alpha z.txt"),
        (b"sort=date&order=desc", "sub z.txt Alpha file 9.txt file 10.txt"),
        (b"sort=%ff&order=sideways", "sub Alpha file 9.txt file 10.txt z.txt"),
    ],
)
def test_entries_come_in_the_order_asked_for_and_folders_first(
    folder: Path, query: bytes, names: str
) -> None:
    entries = listed(folder, order_of(query)).entries
    assert " ".join(entry.name for entry in entries) == names


def test_click_on_a_head_turns_the_order_round() -> None:
    assert Order("size", True).after_click_on("size") == Order("size", False)
    assert Order().after_click_on("size") == Order("size", True)
    assert Order("size").after_click_on("name") == Order()
    assert order_of(Order("date", True).query[1:].encode()) == Order("date", True)


def test_what_cannot_be_opened_is_not_listed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (folder / ".hidden").write_text("hidden")
    (folder / "back\\slash").write_text("")
    os.mkfifo(folder / "pipe")
    (folder / "out").symlink_to("../secret")
    (folder / "broken").symlink_to("nowhere")
    (folder / "inside").symlink_to("z.txt")
    names = {entry.name for entry in listed(folder).entries}
    assert names == {"sub", "Alpha", "file 9.txt", "file 10.txt", "z.txt", "inside"}
    assert "out" in {entry.name for entry in listed(folder, follows=True).entries}


def test_links_lead_to_the_entries_whatever_their_names(folder: Path) -> None:
    for name in ("a:b", "100%?#&x", "Straße", "two\nlines", os.fsdecode(b"\xff")):
        (folder / name).write_text("")
    hrefs = {entry.name: entry.href for entry in listed(folder).entries}
    assert hrefs["sub"] == "./sub/"
    assert hrefs["a:b"] == "./a%3Ab"
    assert hrefs["100%?#&x"] == "./100%25%3F%23%26x"
    assert hrefs["Straße"] == "./Stra%C3%9Fe"
    assert hrefs["two\nlines"] == "./two%0Alines"
    assert hrefs["\N{REPLACEMENT CHARACTER}"] == "./%FF"


def test_entries_beyond_the_limit_are_counted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "MAX_LISTED", 2)
    found = listed(folder)
    assert ([entry.name for entry in found.entries], found.left_out) == (["sub", "Alpha"], 3)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9949, "9.9 kB"),
        (9950, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (3 * 10**9, "3.0 GB"),
        (2**64, "18 EB"),
    ],
)
def test_sizes_are_readable(size: int, text: str) -> None:
    assert readable_size(size) == text

"""What is in a folder, in the order that somebody asked for."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from urllib.parse import parse_qs, quote

from samovar.folder.root import Opened, Root

MAX_LISTED = 5000
"""Entries shown of a folder: a page that a phone can still scroll. The rest is counted."""

KEYS = ("name", "size", "date")
"""What can be sorted by."""

_UNITS = ("kB", "MB", "GB", "TB", "PB", "EB", "ZB")


class Order(NamedTuple):
    """How a listing is sorted; folders come first in any case.

    Attributes:
        key: One of :data:`KEYS`.
        descending: Whether the last comes first.
    """

    key: str = "name"
    descending: bool = False

    @property
    def query(self) -> str:
        """The query of a URL that asks for it, nothing for the usual order."""
        if self == Order():
            return ""
        return f"?sort={self.key}&order={'desc' if self.descending else 'asc'}"

    def after_click_on(self, key: str) -> Order:
        """Return the order that a click on a column's head asks for."""
        if key == self.key:
            return Order(key, not self.descending)
        # The largest and the latest are what people look for.
        return Order(key, descending=key != "name")


class Entry(NamedTuple):
    """A file or folder in a listing.

    Attributes:
        name: The name, fit to be shown.
        href: The link to it, relative to the folder.
        is_folder: Whether it is a folder.
        size: Its size in bytes; 0 for a folder.
        modified: When it changed, in this machine's time zone.
    """

    name: str
    href: str
    is_folder: bool
    size: int
    modified: datetime


class Listing(NamedTuple):
    """What is in a folder.

    Attributes:
        entries: The first :data:`MAX_LISTED`.
        left_out: How many there are beyond.
    """

    entries: list[Entry]
    left_out: int


def order_of(query: bytes) -> Order:
    """Return the order that the query of a URL asks for; what makes no sense is ignored."""
    asked = parse_qs(query.decode("latin-1"))
    key = asked.get("sort", ["name"])[0]
    return Order(key if key in KEYS else "name", asked.get("order") == ["desc"])


def entries_of(folder: Opened, root: Root, order: Order) -> Listing:
    """Return what is in a folder, without what is hidden or cannot be opened by its link."""
    entries = list(_read(folder, root))
    # By name first: the others keep that order among equals.
    entries.sort(key=lambda entry: _natural(entry.name))
    if order.key == "size":
        entries.sort(key=lambda entry: entry.size, reverse=order.descending)
    elif order.key == "date":
        entries.sort(key=lambda entry: entry.modified, reverse=order.descending)
    elif order.descending:
        entries.reverse()
    entries.sort(key=lambda entry: not entry.is_folder)
    return Listing(entries[:MAX_LISTED], max(0, len(entries) - MAX_LISTED))


def _read(folder: Opened, root: Root) -> Iterator[Entry]:
    place = folder.path if folder.descriptor is None else folder.descriptor
    with os.scandir(place) as found:
        for item in found:
            if item.name.startswith(".") or "\\" in item.name:
                continue
            try:
                if item.is_symlink() and not root.follows_symlinks:
                    root.real_names(os.path.join(folder.path, item.name))
                status = item.stat()
            except OSError:
                # It is gone, leads nowhere, or leads out.
                continue
            is_folder = stat.S_ISDIR(status.st_mode)
            if is_folder or stat.S_ISREG(status.st_mode):
                yield _entry(item.name, is_folder, status)


def _entry(name: str, is_folder: bool, status: os.stat_result) -> Entry:
    raw = os.fsencode(name)
    slash = "/" if is_folder else ""
    return Entry(
        raw.decode("utf-8", "replace"),
        # "./", lest a colon in the name make a scheme of what is before it.
        f"./{quote(raw)}{slash}",
        is_folder,
        0 if is_folder else status.st_size,
        datetime.fromtimestamp(status.st_mtime).astimezone(),
    )


def _natural(name: str) -> list[str | int]:
    """Return what sorts names as people do: "file 9" before "file 10"."""
    parts = re.split(r"(\d+)", name.casefold())
    return [int(part) if index % 2 else part for index, part in enumerate(parts)]


def readable_size(size: int) -> str:
    """Return a size as people read it.

    >>> readable_size(999), readable_size(1500), readable_size(20_000_000)
    ('999 B', '1.5 kB', '20 MB')
    """
    if size < 1000:
        return f"{size} B"
    steps = 1
    # 999.5 would be shown as 1000.
    while size / 1000**steps >= 999.5:
        steps += 1
    value = size / 1000**steps
    return (
        f"{value:.1f} {_UNITS[steps - 1]}" if value < 9.95 else f"{value:.0f} {_UNITS[steps - 1]}"
    )

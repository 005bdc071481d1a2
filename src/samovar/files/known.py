"""Files that were sent before, with all that can be known of them beforehand.

What is remembered of a file counts only while the file is the same: each request asks the system
for its times, size and number again. And for a second only, after which its path is looked up
anew.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from io import FileIO
from typing import IO, Generic, NamedTuple, TypeVar

from samovar.files.codings import wanted_codings
from samovar.files.conditions import Validators
from samovar.files.selection import Representation

MAX_KNOWN = 4096
"""Paths of which something is remembered; one to two kilobytes each, content aside."""

MAX_CONTENT = 65_536
"""Bytes of a file up to which its content is remembered: what the server sends in one piece."""

MAX_MEMORY = 16 << 20
"""Bytes of content that one memory holds altogether: the small files of most sites."""

FRESH = 1.0
"""Seconds for which a path is not looked up again. So long, at most, goes unnoticed that a
compressed copy came, or that a folder on the way became a link."""

SETTLED = 2.0
"""Seconds after its last change from which what is in a file is remembered. The times of a file
move in steps of milliseconds: a change within the step in which it was read would not be seen."""

READ = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    # A named pipe without a writer would hold the thread for ever, a terminal would be taken over.
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
"""How files are opened: what they are is only known afterwards."""

K = TypeVar("K")

Signature = tuple[int, int, int, int, int]


def signature_of(status: os.stat_result) -> Signature:
    """Return what changes when a file does, or when another takes its name.

    The time of its last change of any kind (ctime) cannot be set by programs.
    """
    return (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev)


def is_settled(status: os.stat_result) -> bool:
    """Say whether a file changed so long ago that its times would tell of another change."""
    return time.time() - status.st_ctime > SETTLED


class KnownFile:
    """A file as it was.

    Args:
        path: Where it is.
        file: The file, open; the caller closes it.
        fields: The header fields of a reply with all of it, without Content-Length.
        etag: Its entity tag, with quotes.

    Attributes:
        path: Where it is.
        fields: As given, a tuple, so that the server encodes it once.
        content: All of it, or None where it is large or has just changed.
        whole: What the conditions of a request are compared with.
    """

    __slots__ = ("_signature", "content", "fields", "path", "whole")

    def __init__(
        self, path: str, file: IO[bytes], fields: tuple[tuple[str, str], ...], etag: str | None
    ) -> None:
        status = os.fstat(file.fileno())
        self.path = path
        self.fields = fields
        self._signature = signature_of(status)
        self.content = _settled_content(file, status)
        modified = datetime.fromtimestamp(int(status.st_mtime), UTC)
        self.whole = Representation(fields, Validators(etag, modified), status.st_size)

    def is_unchanged(self) -> bool:
        """Say whether the file is still as it was."""
        try:
            return signature_of(os.stat(self.path)) == self._signature
        except OSError:
            return False

    def open(self) -> FileIO | None:
        """Open the file again, or return None where it is not as it was.

        The same number on the same device, and not even renamed since, is the very file that was
        found before, wherever links on the way lead by now.
        """
        try:
            descriptor = os.open(self.path, READ)
        except OSError:
            return None
        if signature_of(os.fstat(descriptor)) != self._signature:
            os.close(descriptor)
            return None
        return FileIO(descriptor)


class Known(NamedTuple):
    """What a path names.

    Attributes:
        plain: The file.
        copies: Its compressed copies, by content coding.
        until: When it is to be looked up again, on the clock of :func:`time.monotonic`.
    """

    plain: KnownFile
    copies: Mapping[str, KnownFile]
    until: float

    def preferred(self, accept_encoding: bytes) -> KnownFile:
        """Return the form of the file that a client likes best."""
        if self.copies and accept_encoding:
            for coding in wanted_codings(str(accept_encoding, "latin-1")):
                if coding in self.copies:
                    return self.copies[coding]
        return self.plain


class Memory(Generic[K]):
    """What is known, by whatever names a path; bounded. Threads may share it."""

    def __init__(self) -> None:
        self._known: dict[K, Known] = {}
        self._size = 0
        self._changing = threading.Lock()

    def __len__(self) -> int:
        """Return of how many paths something is remembered."""
        return len(self._known)

    def recall(self, key: K) -> Known | None:
        """Return what is known of a path, or None where it is to be looked up."""
        known = self._known.get(key)
        return known if known is not None and time.monotonic() < known.until else None

    def note(self, key: K, plain: KnownFile, copies: Mapping[str, KnownFile]) -> Known:
        """Remember what a path names."""
        known = Known(plain, copies, time.monotonic() + FRESH)
        size = _size_of(known)
        with self._changing:
            self._drop(key)
            if len(self._known) >= MAX_KNOWN or self._size + size > MAX_MEMORY:
                self._known.clear()
                self._size = 0
            self._known[key] = known
            self._size += size
        return known

    def forget(self, key: K) -> None:
        """Forget a path."""
        with self._changing:
            self._drop(key)

    def _drop(self, key: K) -> None:
        known = self._known.pop(key, None)
        if known is not None:
            self._size -= _size_of(known)


def _size_of(known: Known) -> int:
    return sum(len(file.content or b"") for file in (known.plain, *known.copies.values()))


def _settled_content(file: IO[bytes], status: os.stat_result) -> bytes | None:
    """Return the content of a small file that has not just changed."""
    if status.st_size > MAX_CONTENT or not is_settled(status):
        return None
    file.seek(0)
    content = file.read(MAX_CONTENT + 1)
    return content if len(content) == status.st_size else None

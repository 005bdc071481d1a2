"""Files that were sent before, with all that can be known of them beforehand.

What is remembered of a file counts for a second, and only while the file is the same: each
request asks the system for its times, size and number again.
"""

from __future__ import annotations

import codecs
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from io import FileIO
from typing import NamedTuple

from werkzeug.http import http_date

from samovar.exchange import FileSegment
from samovar.files.conditions import Validators
from samovar.files.media_types import BINARY, media_type
from samovar.files.selection import Representation
from samovar.folder.root import Opened, open_again

MAX_KNOWN = 4096
"""Files of which something is remembered; one to two kilobytes each, content aside."""

MAX_CONTENT = 65_536
"""Bytes of a file up to which its content is remembered: what the server sends in one piece."""

MAX_MEMORY = 16 << 20
"""Bytes of content that are remembered altogether: the small files of most sites."""

FRESH = 1.0
"""Seconds for which a path is not looked up again. So long, at most, goes unnoticed that a
compressed copy came, that a folder became a link, or that a file with another name took over."""

SETTLED = 2.0
"""Seconds after its last change from which a file's content is remembered. The times of a file
move in steps of milliseconds: a change within the step in which it was read would not be seen."""

PROBE = 4096
"""Bytes that show whether a file of an unknown kind is text."""

Signature = tuple[int, int, int, int, int]
"""What changes with a file: times of content and status (ns), size, number and device."""


def signature_of(status: os.stat_result) -> Signature:
    """Return what changes when the file does, or when another takes its name."""
    return (
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_size,
        status.st_ino,
        status.st_dev,
    )


class KnownFile:
    """A file as it was.

    Args:
        opened: The file, which is closed here.
        name: The name that says what it is: of a compressed copy, that of the original.
        coding: The content coding, where it is a compressed copy.
        has_copies: Whether it is one of several forms to choose from.

    Attributes:
        fields: The header fields of a reply with all of it.
        content: All of it, or None where it is large or has just changed.
        whole: What the conditions of a request are compared with.
        is_page: Whether it is a page of HTML, to be shown by a browser.
    """

    __slots__ = ("_path", "_signature", "content", "fields", "is_page", "whole")

    def __init__(
        self, opened: Opened, name: str, coding: str | None = None, has_copies: bool = False
    ) -> None:
        status = opened.status
        self._path = opened.path
        self._signature = signature_of(status)
        assert opened.descriptor is not None, "only folders have none"
        with FileIO(opened.descriptor) as file:
            content_type = _content_type(name, file)
            self.content: bytes | None = None
            if status.st_size <= MAX_CONTENT and time.time() - status.st_ctime > SETTLED:
                file.seek(0)
                self.content = file.read(MAX_CONTENT + 1)
                if len(self.content) != status.st_size:
                    self.content = None
        self.is_page = content_type.startswith("text/html")
        etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}{f"-{coding}" if coding else ""}"'
        modified = int(status.st_mtime)
        fields = [
            ("Content-Type", content_type),
            ("ETag", etag),
            ("Last-Modified", http_date(modified)),
            # A browser asks each time whether it changed, and is told so in one small reply.
            ("Cache-Control", "no-cache"),
            ("Accept-Ranges", "bytes"),
            # What the name says is what it is: no page is to be found in somebody's picture.
            ("X-Content-Type-Options", "nosniff"),
        ]
        if has_copies:
            fields.append(("Vary", "Accept-Encoding"))
        if coding is not None:
            fields.append(("Content-Encoding", coding))
        # A tuple, so that the server encodes it once.
        self.fields = tuple(fields)
        self.whole = Representation(
            self.fields,
            Validators(etag, datetime.fromtimestamp(modified, UTC)),
            status.st_size,
        )

    def is_unchanged(self) -> bool:
        """Say whether the file is still as it was."""
        try:
            return signature_of(os.stat(self._path)) == self._signature
        except OSError:
            return False

    def open(self) -> FileIO | None:
        """Open the file again, or return None where it is not as it was.

        The same number on the same device is the very file that was found below the folder,
        wherever links lead by now.
        """
        try:
            descriptor = open_again(self._path)
        except OSError:
            return None
        if signature_of(os.fstat(descriptor)) != self._signature:
            os.close(descriptor)
            return None
        return FileIO(descriptor)

    def body(self) -> bytes | FileSegment | None:
        """Return all of the file, or None where it is not as it was."""
        if self.content is not None:
            # PERF: 1.5 us; to open the file, and to read or send and close it, takes 10 us.
            return self.content if self.is_unchanged() else None
        file = self.open()
        return None if file is None else FileSegment(file, 0, self.whole.size)


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


class Memory:
    """What is known, by the path as requests write it; bounded."""

    def __init__(self) -> None:
        self._known: dict[bytes, Known] = {}
        self._size = 0

    def recall(self, path: bytes) -> Known | None:
        """Return what is known of a path, or None where it is to be looked up."""
        known = self._known.get(path)
        return known if known is not None and time.monotonic() < known.until else None

    def note(self, path: bytes, plain: KnownFile, copies: Mapping[str, KnownFile]) -> Known:
        """Remember what a path names."""
        self.forget(path)
        known = Known(plain, copies, time.monotonic() + FRESH)
        size = _size_of(known)
        if len(self._known) >= MAX_KNOWN or self._size + size > MAX_MEMORY:
            self._known.clear()
            self._size = 0
        self._known[path] = known
        self._size += size
        return known

    def forget(self, path: bytes) -> None:
        """Forget a path."""
        known = self._known.pop(path, None)
        if known is not None:
            self._size -= _size_of(known)


def _size_of(known: Known) -> int:
    return sum(len(file.content or b"") for file in (known.plain, *known.copies.values()))


def _content_type(name: str, file: FileIO) -> str:
    """Return the Content-Type; a file of unknown kind that reads as text is text."""
    found = media_type(name)
    unknown = BINARY
    if found == (None, None) and _is_text(file.read(PROBE) or b""):
        unknown = "text/plain"
    return found.of_file(unknown)


def _is_text(beginning: bytes) -> bool:
    try:
        # Incremental: the last character may be cut in two.
        text = codecs.getincrementaldecoder("utf-8")().decode(beginning)
    except UnicodeDecodeError:
        return False
    return "\0" not in text

"""What a folder's site says of a file in header fields."""

from __future__ import annotations

import codecs
from io import FileIO

from werkzeug.http import http_date

from samovar.files.known import KnownFile
from samovar.files.media_types import BINARY, media_type
from samovar.folder.root import Opened

PROBE = 4096
"""Bytes that show whether a file of an unknown kind is text."""


def describe(
    opened: Opened, name: str, coding: str | None = None, has_copies: bool = False
) -> KnownFile:
    """Return what is to be remembered of a file, and close it.

    Args:
        opened: The file.
        name: The name that says what it is: of a compressed copy, that of the original.
        coding: The content coding, where it is a compressed copy.
        has_copies: Whether there are several forms to choose from.
    """
    status = opened.status
    assert opened.descriptor is not None, "only folders have none"
    with FileIO(opened.descriptor) as file:
        # Each form has a tag of its own, or a part of one would be put together with another.
        etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}{f"-{coding}" if coding else ""}"'
        fields = [
            ("Content-Type", _content_type(name, file)),
            ("ETag", etag),
            ("Last-Modified", http_date(int(status.st_mtime))),
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
        return KnownFile(opened.path, file, tuple(fields), etag)


def is_page(file: KnownFile) -> bool:
    """Say whether a file is a page of HTML."""
    return file.fields[0][1].startswith("text/html")


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

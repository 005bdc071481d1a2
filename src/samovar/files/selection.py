"""What is sent of a file: the answer to a request for it, before the file is read."""

from __future__ import annotations

import secrets
from functools import lru_cache
from typing import NamedTuple

from samovar.exchange import ReplyFields
from samovar.files.conditions import Conditions, Validators, range_counts, status_of
from samovar.files.ranges import Span, spans

_ABOUT_CONTENT = frozenset(
    ("content-encoding", "content-language", "content-length", "content-type", "last-modified")
)
"""The fields that a 304 leaves out: they describe content that the client has already (RFC 9110,
section 15.4.5). What an application added stays, as it does under Flask."""

REMEMBERED_FIELDS = 256
"""Lists of fields whose short form is remembered: a file that is known has the same each time."""


class Representation(NamedTuple):
    """A file as it would be sent whole.

    Attributes:
        fields: The header fields, without Content-Length.
        validators: What tells this state of the file from another.
        size: Its size in bytes.
    """

    fields: ReplyFields
    validators: Validators
    size: int


class Selection(NamedTuple):
    """What is sent.

    Attributes:
        status: 200, 206, 304, 412 or 416.
        fields: The header fields, with Content-Length where content is sent.
        spans: What is sent of the file; nothing where it is empty.
        heads: What comes before each span, and after the last one, or empty.
    """

    status: int
    fields: ReplyFields
    spans: tuple[Span, ...] = ()
    heads: tuple[bytes, ...] = ()


def select(whole: Representation, conditions: Conditions, method: str) -> Selection:
    """Say what a request gets of a file.

    Args:
        whole: The file.
        conditions: What the request asks beyond the path.
        method: GET or HEAD.
    """
    status = status_of(conditions, whole.validators)
    if status == 304:
        return Selection(304, _kept_fields(tuple(whole.fields)))
    if status == 412:
        return Selection(412, ())
    size = whole.size
    wanted = None
    # Section 14.2: a Range has a meaning for GET alone.
    if method == "GET" and conditions.range and range_counts(conditions, whole.validators):
        wanted = spans(conditions.range, size)
    if wanted is None:
        return Selection(200, (*whole.fields, _length(size)), (Span(0, size),))
    if not wanted:
        return Selection(416, (("Content-Range", f"bytes */{size}"),))
    if len(wanted) > 1:
        return _several(whole, wanted)
    span = wanted[0]
    fields = (
        *whole.fields,
        ("Content-Range", span.content_range(size)),
        _length(span.stop - span.start),
    )
    return Selection(206, fields, wanted)


@lru_cache(REMEMBERED_FIELDS)
def _kept_fields(fields: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return those fields of a file's that a 304 has, too."""
    return tuple(field for field in fields if field[0].lower() not in _ABOUT_CONTENT)


def _several(whole: Representation, wanted: tuple[Span, ...]) -> Selection:
    """Put several parts into one body (RFC 9110, section 14.6; RFC 2046, section 5.1)."""
    # Random, so that nobody can write a file with a boundary in it.
    boundary = secrets.token_hex(16)
    content_type = ""
    rest = []
    for name, value in whole.fields:
        if name.lower() == "content-type":
            content_type = f"Content-Type: {value}\r\n"
        else:
            rest.append((name, value))
    heads = tuple(
        f"\r\n--{boundary}\r\n{content_type}"
        f"Content-Range: {span.content_range(whole.size)}\r\n\r\n".encode("latin-1")
        for span in wanted
    )
    heads = (*heads, f"\r\n--{boundary}--\r\n".encode())
    length = sum(map(len, heads)) + sum(span.stop - span.start for span in wanted)
    rest += [("Content-Type", f"multipart/byteranges; boundary={boundary}"), _length(length)]
    return Selection(206, tuple(rest), wanted, heads)


def _length(size: int) -> tuple[str, str]:
    return ("Content-Length", str(size))

"""What a request asks of a file beyond its path (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from werkzeug.http import parse_date, parse_etags, unquote_etag

from samovar.exchange import RequestFields

NAMES = frozenset(
    (
        b"if-match",
        b"if-modified-since",
        b"if-none-match",
        b"if-range",
        b"if-unmodified-since",
        b"range",
    )
)
"""The fields that make a request for a file more than that."""


class Conditions(NamedTuple):
    """The values of those fields, None where they are missing."""

    if_match: str | None = None
    if_modified_since: str | None = None
    if_none_match: str | None = None
    if_range: str | None = None
    if_unmodified_since: str | None = None
    range: str | None = None


class Validators(NamedTuple):
    """What tells one state of a file from another.

    Attributes:
        etag: The entity tag with its quotes, or None.
        modified: When it changed, to the second, or None.
    """

    etag: str | None
    modified: datetime | None


def conditions_of(fields: RequestFields) -> Conditions | None:
    """Return what the field lines of a request ask, or None where that is nothing.

    Args:
        fields: Field lines, names lower-case. Repeated ones are joined (section 5.3).
    """
    found: dict[str, str] = {}
    for name, value in fields:
        if name in NAMES:
            key = str(name, "ascii").replace("-", "_")
            text = str(value, "latin-1")
            found[key] = f"{found[key]}, {text}" if key in found else text
    return Conditions(**found) if found else None


def status_of(conditions: Conditions, now: Validators) -> int:
    """Return 200, or why there is no content: 304 not modified, 412 precondition failed.

    Args:
        conditions: What the request asks.
        now: The file as it is.
    """
    # The order is that of section 13.2.2.
    if conditions.if_match is not None:
        if not _has_strong(conditions.if_match, now.etag):
            return 412
    elif conditions.if_unmodified_since is not None:
        date = parse_date(conditions.if_unmodified_since)
        if date is not None and now.modified is not None and now.modified > date:
            return 412
    if conditions.if_none_match is not None:
        # PERF: what browsers send; to take a list of tags apart takes 2 us.
        if conditions.if_none_match == now.etag:
            return 304
        tags = parse_etags(conditions.if_none_match)
        # Weak comparison (section 13.1.2): the quotes and the mark of weakness do not count.
        tag = unquote_etag(now.etag)[0]
        return 304 if tags.star_tag or (tag is not None and tags.contains_weak(tag)) else 200
    if conditions.if_modified_since is not None:
        date = parse_date(conditions.if_modified_since)
        if date is not None and now.modified is not None and now.modified <= date:
            return 304
    return 200


def range_counts(conditions: Conditions, now: Validators) -> bool:
    """Say whether the request asks for a part of this very state of the file."""
    if conditions.range is None:
        return False
    validator = conditions.if_range
    if validator is None:
        return True
    date = parse_date(validator)
    if date is not None:
        # Section 13.1.5: "exactly matches"; a later date proves nothing.
        return date == now.modified
    tag, is_weak = unquote_etag(validator)
    return not is_weak and _is_strong(now.etag) and tag == unquote_etag(now.etag)[0]


def _has_strong(value: str, etag: str | None) -> bool:
    """Compare strongly (section 8.8.3.2): no weak tag matches anything."""
    tags = parse_etags(value)
    if tags.star_tag:
        return True
    tag = unquote_etag(etag)[0]
    return _is_strong(etag) and tag is not None and tags.is_strong(tag)


def _is_strong(etag: str | None) -> bool:
    return etag is not None and not etag.startswith("W/")

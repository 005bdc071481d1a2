"""Conditions of requests (RFC 9110, section 13)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from samovar.files.conditions import Conditions, Validators, conditions_of, range_counts, status_of

NOW = Validators('"now"', datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
WEAK = NOW._replace(etag='W/"now"')
DATE = "Fri, 02 Jan 2026 03:04:05 GMT"
EARLIER = "Fri, 02 Jan 2026 03:04:04 GMT"
LATER = "Fri, 02 Jan 2026 03:04:06 GMT"


def test_nothing_is_asked_by_an_ordinary_request() -> None:
    assert conditions_of([(b"host", b"x"), (b"accept", b"*/*")]) is None


def test_repeated_fields_are_joined() -> None:
    asked = conditions_of([(b"if-none-match", b'"a"'), (b"if-none-match", b'"now"')])
    assert asked == Conditions(if_none_match='"a", "now"')
    assert status_of(asked, NOW) == 304


@pytest.mark.parametrize(
    ("asked", "now", "status"),
    [
        (Conditions(if_none_match='"now"'), NOW, 304),
        (Conditions(if_none_match='W/"now"'), NOW, 304),
        (Conditions(if_none_match='"now"'), WEAK, 304),
        (Conditions(if_none_match='"old", "now"'), NOW, 304),
        (Conditions(if_none_match="*"), NOW, 304),
        (Conditions(if_none_match='"old"'), NOW, 200),
        (Conditions(if_none_match='"now"'), Validators(None, None), 200),
        (Conditions(if_modified_since=DATE), NOW, 304),
        (Conditions(if_modified_since=LATER), NOW, 304),
        (Conditions(if_modified_since=EARLIER), NOW, 200),
        (Conditions(if_modified_since="yesterday"), NOW, 200),
        # "A recipient MUST ignore If-Modified-Since if the request contains If-None-Match".
        (Conditions(if_none_match='"old"', if_modified_since=DATE), NOW, 200),
        (Conditions(if_match='"now"'), NOW, 200),
        (Conditions(if_match="*"), NOW, 200),
        (Conditions(if_match='"old"'), NOW, 412),
        (Conditions(if_match='W/"now"'), NOW, 412),
        (Conditions(if_match='"now"'), WEAK, 412),
        (Conditions(if_unmodified_since=EARLIER), NOW, 412),
        (Conditions(if_unmodified_since=DATE), NOW, 200),
        (Conditions(if_unmodified_since="yesterday"), NOW, 200),
        (Conditions(if_match='"now"', if_unmodified_since=EARLIER), NOW, 200),
        (Conditions(if_match='"old"', if_none_match='"now"'), NOW, 412),
    ],
)
def test_status_follows_the_conditions(asked: Conditions, now: Validators, status: int) -> None:
    assert status_of(asked, now) == status


@pytest.mark.parametrize(
    ("validator", "now", "counts"),
    [
        (None, NOW, True),
        ('"now"', NOW, True),
        ('"old"', NOW, False),
        ('W/"now"', NOW, False),
        ('"now"', WEAK, False),
        (DATE, NOW, True),
        (LATER, NOW, False),
        (EARLIER, NOW, False),
    ],
)
def test_part_is_sent_only_of_the_state_that_the_client_has(
    validator: str | None, now: Validators, counts: bool
) -> None:
    assert range_counts(Conditions(range="bytes=0-1", if_range=validator), now) is counts


def test_no_part_is_sent_when_none_is_asked_for() -> None:
    assert not range_counts(Conditions(if_range='"now"'), NOW)

"""Which bytes a Range field means (RFC 9110, section 14.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.files.ranges import MAX_RANGES, spans


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("bytes=0-4", [(0, 5)]),
        ("bytes=5-", [(5, 10)]),
        ("bytes=9-9", [(9, 10)]),
        ("bytes=0-99", [(0, 10)]),
        ("bytes=-3", [(7, 10)]),
        ("bytes=-99", [(0, 10)]),
        ("Bytes = 0-1", [(0, 2)]),
        ("bytes=0-1, 4-5", [(0, 2), (4, 6)]),
        ("bytes=0-1,-2", [(0, 2), (8, 10)]),
        ("bytes=0-1,50-60", [(0, 2)]),
    ],
)
def test_ranges_are_cut_to_the_file(value: str, found: list[tuple[int, int]]) -> None:
    assert spans(value, 10) == tuple(found)


@pytest.mark.parametrize("value", ["bytes=10-", "bytes=10-20", "bytes=10-11,50-"])
def test_nothing_is_found_behind_the_end(value: str) -> None:
    assert spans(value, 10) == ()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=x-y",
        "bytes=-",
        "bytes=-0",
        "bytes=3-2",
        "bytes=1-2-3",
        "bytes=5-6,0-1",
        "bytes=0-5,3-8",
        "bytes=0-998,-5",
        "lines=0-4",
        "bytes=0-1," + ",".join(f"{n}-{n}" for n in range(2, 2 * MAX_RANGES, 2)) + ",900-901",
    ],
)
def test_field_is_ignored_when_it_makes_no_sense_or_asks_too_much(value: str) -> None:
    assert spans(value, 1000) is None


def test_field_is_ignored_for_an_empty_file() -> None:
    assert spans("bytes=0-", 0) is None


@given(st.text(alphabet="0123456789-, bytes=x", max_size=40), st.integers(0, 50))
def test_spans_lie_in_the_file_in_order_and_apart(value: str, size: int) -> None:
    found = spans(f"bytes={value}", size) or ()
    bounds = [bound for span in found for bound in span]
    assert bounds == sorted(bounds)
    assert all(0 <= start < stop <= size for start, stop in found)

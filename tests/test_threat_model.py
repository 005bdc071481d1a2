"""docs/threat-model.md: what stops each attack, and what shows it, is there."""

from __future__ import annotations

import re

import pytest

from tests.test_architecture import ROOT, SOURCE, defined_in

PAGE = ROOT / "docs" / "threat-model.md"

ROWS = [
    pytest.param(*cells[2:], id=cells[0][:60])
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ")
    and len(cells := line.strip("|").split(" | ")) == 4
    and cells[0].strip() != "What is tried"
]
"""Where it is stopped, and what shows it."""


@pytest.mark.parametrize(("place", "tests"), ROWS)
def test_what_stops_it_and_what_shows_it_are_there(place: str, tests: str) -> None:
    named = re.fullmatch(r" *`([\w/]+\.py)`(?: `([\w.]+)(?:\(\))?`)? *", place)
    assert named is not None
    file, name = named.groups()
    assert name in {None, *defined_in(SOURCE / file)}
    shown_by = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tests)
    assert shown_by
    for path, test in shown_by:
        assert test in defined_in(ROOT / path), test


def test_no_row_is_passed_over() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ") and "What is tried" not in line]
    assert len(ROWS) == len(rows)

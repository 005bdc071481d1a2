"""docs/http.md: its rows name wire files and tests that exist, and leave no wire file out."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest

from tests.support.wire import read_cases
from tests.test_architecture import ROOT, defined_in

PAGE = ROOT / "docs" / "http.md"

ROWS = [
    cells
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ")
    and (cells := [cell.strip() for cell in line.strip("|").split(" | ")])[0] != "What"
]
"""Cells of the rows of all tables; the last one holds what shows it."""

EXPECTED = {
    f"{kind}/{case.name}": "taken" if kind == "valid" else str(case.expected)
    for kind in ("valid", "invalid")
    for case in read_cases(kind)
}
"""What the page should say of each wire file."""


def named_in(cells: list[str]) -> list[str]:
    return re.findall(r"`((?:valid|invalid|tests)/[^`]+)`", cells[-1])


def wires_in(cells: list[str]) -> set[str]:
    return {
        wire
        for name in named_in(cells)
        for wire in EXPECTED
        if fnmatchcase(wire, name.replace("[", "[[]"))
    }


@pytest.mark.parametrize("cells", ROWS, ids=lambda cells: cells[0])
def test_row_is_shown_by_what_exists(cells: list[str]) -> None:
    names = named_in(cells)
    assert names
    for name in names:
        if name.startswith("tests/"):
            file, _, test = name.partition("::")
            assert test in defined_in(ROOT / file), name
        else:
            assert wires_in([name.join("``")]), name


@pytest.mark.parametrize("cells", ROWS, ids=lambda cells: cells[0])
def test_row_tells_the_answer_of_its_wire_files(cells: list[str]) -> None:
    assert {EXPECTED[wire] for wire in wires_in(cells)} <= {cells[1]}


def test_no_wire_file_is_left_out() -> None:
    named = set().union(*(wires_in(row) for row in ROWS))
    assert sorted(EXPECTED.keys() - named) == []

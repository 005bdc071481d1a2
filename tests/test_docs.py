"""The programs and commands in the documentation do what its pages say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from samovar import App
from tests.support.pages import Reader, matches, steps

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize(
    "page",
    [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES if steps(page)],
)
def test_page_shows_what_a_reader_sees(page: Path, tmp_path: Path) -> None:
    with Reader(tmp_path) as reader:
        for step in steps(page):
            if step.file:
                reader.write(step.file, step.text)
                continue
            seen = reader.type(step.command)
            assert matches(seen, step.text), f"$ {step.command}\n{seen}\n--- expected\n{step.text}"


def test_every_configuration_key_is_described() -> None:
    page = (ROOT / "docs" / "reference" / "config.md").read_text(encoding="utf-8")
    described = re.findall(r"^\| `([A-Z_]+)` \|", page, re.MULTILINE)
    assert sorted(described) == sorted(App("empty").config)

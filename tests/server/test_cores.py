"""How many cores there are, in a container and outside of one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from samovar.server.cores import count_cores


@pytest.mark.parametrize(
    ("share", "cores"),
    [("100000 100000", 1), ("50000 100000", 1), ("1000000000 100000", None), ("max 100000", None)],
)
def test_container_gets_its_share_and_no_more_than_there_is(
    tmp_path: Path, share: str, cores: int | None
) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(share + "\n")
    assert count_cores(file) == (cores or count_cores(tmp_path / "none"))


def test_cores_outside_of_a_container_are_those_of_the_process(tmp_path: Path) -> None:
    assert 1 <= count_cores(tmp_path / "none") <= (os.cpu_count() or 1)

"""What a user writes checks under strict mypy and pyright, without casts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = ROOT / "tests" / "typing" / "programs"


def check(*command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


# Seconds: a first run reads all of the package, the standard library and Werkzeug.
@pytest.mark.timeout(300)
def test_programs_are_accepted_by_mypy() -> None:
    check("mypy", str(PROGRAMS))


@pytest.mark.timeout(300)
def test_programs_are_accepted_by_pyright() -> None:
    check("pyright", "--pythonpath", sys.executable, "--warnings")

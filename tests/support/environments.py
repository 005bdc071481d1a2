"""Environments with packages that ours does not have, Flask above all: to compare with."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.programs import ROOT

INSTALL_PATIENCE = 600
"""Seconds for pip to fetch and install the packages."""


def environment(name: str, requirements: Sequence[str]) -> Path:
    """Return the Python of an environment that has the requirements, and our checkout beside them.

    It is made once and kept under ``.cache/``, until anything that it is made of changes.

    Args:
        name: What its folder's name begins with.
        requirements: Packages with their versions, as pip takes them.
    """
    folder = ROOT / ".cache" / f"{name}-{_fingerprint(requirements)}"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        for old in folder.parent.glob(f"{name}-*"):
            shutil.rmtree(old, ignore_errors=True)
        # Our own pip works for the other environment: not every Python can install one there.
        pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
        commands: list[tuple[str | Path, ...]] = [
            (sys.executable, "-m", "venv", "--without-pip", folder),
            (*pip, "install", "--quiet", *requirements, "--editable", ROOT),
        ]
        for command in commands:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=INSTALL_PATIENCE, check=False
            )
            if done.returncode != 0:
                pytest.fail(f"The environment {name!r} could not be made:\n{done.stderr}")
        ready.touch()
    return python


def _fingerprint(requirements: Sequence[str]) -> str:
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    made_of = (sys.version, *requirements, str(ours))
    return hashlib.sha256("\n".join(made_of).encode()).hexdigest()[:12]

"""Flask itself, to compare with: in an environment of its own, never in ours."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.programs import ROOT

REQUIREMENTS = ("flask==3.1.3", "flask-session==0.8.0", "cachelib==0.13.0")
"""What the lessons' programs import, at the versions that we promise to equal."""

INSTALL_PATIENCE = 300
"""Seconds for pip to fetch and install them."""


def _environment_name() -> str:
    """Return a name that changes with all that the environment is made of."""
    made_of = (sys.version, *REQUIREMENTS, (ROOT / "pyproject.toml").read_text())
    return "flask-" + hashlib.sha256("\n".join(made_of).encode()).hexdigest()[:12]


@pytest.fixture(scope="session")
def flask_python() -> Path:
    """Return the Python of an environment that has Flask, and our checkout beside it.

    It is made once and kept under ``.cache/``.
    """
    folder = ROOT / ".cache" / _environment_name()
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        shutil.rmtree(folder, ignore_errors=True)
        pip = (python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install")
        for command in (
            (sys.executable, "-m", "venv", folder),
            (*pip, *REQUIREMENTS, "--editable", ROOT),
        ):
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=INSTALL_PATIENCE, check=False
            )
            if done.returncode != 0:
                pytest.fail(f"Flask could not be installed to compare with:\n{done.stderr}")
        ready.touch()
    return python

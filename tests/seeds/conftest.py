"""Flask itself, to compare with: in an environment of its own, never in ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.environments import environment

REQUIREMENTS = ("flask[async]==3.1.3", "flask-session==0.8.0", "cachelib==0.13.0")
"""What the lessons' programs import, at the versions that we promise to equal."""


@pytest.fixture(scope="session")
def flask_python() -> Path:
    """Return the Python of an environment that has Flask, and our checkout beside it."""
    return environment("flask", REQUIREMENTS)

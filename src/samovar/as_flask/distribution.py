"""Answers ``importlib.metadata.version("flask")`` where Flask is not installed.

Programs and extensions ask for it to choose between ways of doing things. Where Flask is
installed, its own answer stands.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, DistributionFinder, PackageNotFoundError, distribution
from os import PathLike
from pathlib import Path

FLASK_VERSION = "3.1.3"
"""The version of Flask whose programming interface the alias offers."""


class FlaskDistribution(Distribution):
    """The metadata of the Flask that the alias stands for: a name and a version."""

    def read_text(self, filename: str) -> str | None:
        """Return the text of a metadata file, or None where there is no such file."""
        if filename != "METADATA":
            return None
        return f"Metadata-Version: 2.1\nName: Flask\nVersion: {FLASK_VERSION}\n"

    def locate_file(self, path: str | PathLike[str]) -> Path:
        """Return where a file of the distribution lies: beside the alias."""
        return Path(__file__).parent / "alias" / path


class FlaskDistributionFinder(DistributionFinder):
    """Finds :class:`FlaskDistribution`, and no modules."""

    def find_spec(self, *args: object, **kwargs: object) -> None:
        """Leave the finding of modules to others."""

    def find_distributions(
        self, context: DistributionFinder.Context | None = None
    ) -> Iterable[Distribution]:
        """Return the distribution where ``context`` asks for Flask by name."""
        asked = (context.name or "") if context is not None else ""
        return [FlaskDistribution()] if asked.lower() == "flask" else []


def announce_version() -> None:
    """Make Flask's version known to :mod:`importlib.metadata`, unless Flask is installed."""
    try:
        distribution("flask")
    except PackageNotFoundError:
        sys.meta_path.append(FlaskDistributionFinder())

"""Flask-SQLAlchemy and Flask-Migrate: a schema made by migrations, rows made by requests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.extensions.conftest import HERE, Side, Start

PROGRAM = HERE / "programs" / "library.py"


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """Return where the program keeps its database and its migrations."""
    return {
        "DATABASE": f"sqlite:///{tmp_path / 'library.sqlite'}",
        "MIGRATIONS": str(tmp_path / "migrations"),
    }


def migrated(side: Side, places: dict[str, str]) -> None:
    """Make the database's schema in the way of a user."""
    command = ("-m", "flask", "--app", PROGRAM, "db")
    side.run(*command, "init", **places)
    assert "Detected added table 'book'" in side.run(*command, "migrate", "-m", "begin", **places)
    assert "begin" in side.run(*command, "upgrade", **places)


def test_database_is_migrated_by_commands(side: Side, places: dict[str, str]) -> None:
    migrated(side, places)
    command = ("-m", "flask", "--app", PROGRAM)
    assert "(head)" in side.run(*command, "db", "current", **places)
    assert "No changes in schema detected" in side.run(*command, "db", "migrate", **places)
    assert side.run(*command, "count", **places).endswith("0 books\n")
    side.run(*command, "db", "downgrade", **places)
    assert "(head)" not in side.run(*command, "db", "current", **places)


def test_rows_are_added_and_queried_by_requests(
    side: Side, start: Start, places: dict[str, str]
) -> None:
    migrated(side, places)
    visitor = start("library", **places)
    for title in ("Persuasion", "Emma", "Sanditon"):
        assert visitor.post("/books", title=title, author="Austen").status == 201

    assert json.loads(visitor.get("/books/2").text) == {"title": "Emma", "author": "Austen"}
    assert json.loads(visitor.get("/books?page=2").text) == {
        "titles": ["Sanditon"],
        "pages": 2,
        "total": 3,
    }
    books = json.loads(visitor.get("/authors/Austen").text)
    assert books == {"books": ["Emma", "Persuasion", "Sanditon"]}

    missing = visitor.get("/books/9")
    assert (missing.status, "No such book." in missing.text) == (404, True)
    assert visitor.get("/books?page=9").status == 404
    assert visitor.get("/authors/Nobody").status == 404


def test_session_is_rolled_back_when_a_request_fails(
    side: Side, start: Start, places: dict[str, str]
) -> None:
    migrated(side, places)
    visitor = start("library", **places)
    assert visitor.post("/books", title="Necronomicon", author="Alhazred").status == 403
    assert json.loads(visitor.get("/books").text)["total"] == 0
    assert visitor.get("/authors/Alhazred").status == 404

"""Where Flask is installed, ``samovar run`` serves it as it is, unless the alias is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import serving
from tests.conformance.flask import suite

PROGRAM = """
from flask import Flask
app = Flask(__name__)

@app.route("/")
def hello():
    return Flask.__mro__[1].__module__
"""

RUN = ("-m", "samovar", "run", "program.py", "--port", "0")


@pytest.fixture
def flask(tmp_path: Path) -> str:
    """Return a folder to import Flask from."""
    (tmp_path / "program.py").write_text(PROGRAM)
    return str(suite.unpack(suite.fetch(), tmp_path, ("src",)) / "src")


@pytest.mark.conformance
def test_installed_flask_is_served_as_it_is(tmp_path: Path, flask: str) -> None:
    with serving(*RUN, cwd=tmp_path, PYTHONPATH=flask) as server:
        assert server.ask("/").text == "flask.sansio.app"
        assert "not installed" not in server.output


@pytest.mark.conformance
def test_alias_wins_over_an_installed_flask(tmp_path: Path, flask: str) -> None:
    with serving(*RUN, "--as-flask", cwd=tmp_path, PYTHONPATH=flask) as server:
        assert server.ask("/").text == "samovar.app"


@pytest.mark.conformance
def test_installed_flask_is_debugged_and_reloaded(tmp_path: Path, flask: str) -> None:
    with serving(*RUN, "--debug", cwd=tmp_path, PYTHONPATH=flask) as server:
        assert server.ask("/").text == "flask.sansio.app"
        (tmp_path / "program.py").write_text(PROGRAM.replace("return Flask", "return FLASK"))
        page = server.wait_for_answer("NameError")
        assert page.status == 500
        assert "FLASK" in page.text

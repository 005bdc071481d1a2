"""The commands that are offered: ours, those of extensions, and those of the app."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from samovar.app import App
from samovar.cli import dotenv
from samovar.cli.dotenv import load_dotenv
from samovar.cli.group import CommandGroup
from samovar.cli.main import cli
from samovar.current import current_app


@pytest.fixture(autouse=True)
def _leave_the_environment_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    clean = {name: value for name, value in os.environ.items() if "FLASK" not in name}
    monkeypatch.setattr(os, "environ", clean)


@pytest.fixture
def app() -> App:
    app = App("shop", static_folder=None)
    app.add_url_rule("/b", "first", lambda: "", methods=["GET", "POST"])
    app.add_url_rule("/a", "second", lambda: "")

    @app.cli.command("greet", short_help="Say hello.")
    def greet() -> None:
        click.echo(f"hello from {current_app.name}")

    return app


def invoke(app: App, *arguments: str) -> Result:
    return CliRunner().invoke(CommandGroup(create_app=lambda: app), arguments)


def test_command_of_the_app_runs(app: App) -> None:
    assert invoke(app, "greet").output == "hello from shop\n"


def test_help_lists_commands_of_the_app_beside_ours(app: App) -> None:
    help_text = invoke(app, "--help").output
    for name in ("greet", "routes", "run", "shell"):
        assert f"\n  {name} " in help_text


def test_help_stays_usable_where_the_app_fails() -> None:
    def create_app() -> App:
        raise LookupError("no shop")

    result = CliRunner().invoke(CommandGroup(create_app=create_app), ["--help"])
    assert result.exit_code == 0
    assert "no shop" in result.stderr
    assert "routes" in result.stdout


def test_program_in_place_of_a_command_is_told_what_to_write() -> None:
    result = CliRunner().invoke(cli, ["hello.py"])
    assert result.exit_code == 2
    assert "samovar run hello.py" in result.output


def test_help_without_an_app_says_nothing_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["--help"])
    assert result.exit_code == 0
    assert result.stderr == ""


def test_unknown_command_is_refused(app: App) -> None:
    result = invoke(app, "no-such-command")
    assert result.exit_code == 2
    assert "no-such-command" in result.output


@pytest.mark.parametrize(
    ("sort", "order"),
    [("endpoint", "first second"), ("rule", "second first"), ("match", "first second")],
)
def test_routes_are_shown_in_the_order_asked_for(app: App, sort: str, order: str) -> None:
    lines = invoke(app, "routes", "--sort", sort).output.splitlines()
    assert lines[0].split() == ["Endpoint", "Methods", "Rule"]
    assert " ".join(line.split()[0] for line in lines[2:]) == order


def test_routes_show_implied_methods_when_asked_for(app: App) -> None:
    assert "HEAD" not in invoke(app, "routes").output
    assert "GET, HEAD, OPTIONS, POST" in invoke(app, "routes", "--all-methods").output


def test_app_without_routes_says_so() -> None:
    assert "No routes" in invoke(App("shop", static_folder=None), "routes").output


def test_shell_knows_the_app(app: App) -> None:
    group = CommandGroup(create_app=lambda: app)
    result = CliRunner().invoke(group, ["shell"], input="print(app.name, g)\n")
    assert "App: shop" in result.output
    assert "shop <" in result.output


def test_target_can_be_an_argument_of_routes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    program = tmp_path / "routed.py"
    program.write_text("from samovar import App\napp = App(__name__)\n")
    assert "/static/" in CliRunner().invoke(cli, ["routes", str(program)]).output


def test_version_is_shown() -> None:
    assert CliRunner().invoke(cli, ["--version"]).output.startswith("Samovar ")


def test_env_files_set_what_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("TEA=green\nPLACE=env\n")
    (tmp_path / ".flaskenv").write_text("PLACE=flaskenv\nMILK=no\n")
    (tmp_path / "mine").write_text("TEA=mine\n")
    monkeypatch.chdir(tmp_path)
    os.environ["MILK"] = "yes"
    assert load_dotenv("mine")
    assert {name: os.environ[name] for name in ("TEA", "PLACE", "MILK")} == {
        "TEA": "mine",
        "PLACE": "env",
        "MILK": "yes",
    }


def test_env_files_are_hinted_at_without_python_dotenv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_text("TEA=green\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "dotenv", None)
    assert not dotenv.load_dotenv()
    assert "pip install python-dotenv" in capsys.readouterr().err


def test_env_file_option_is_read_before_the_command(app: App, tmp_path: Path) -> None:
    (tmp_path / "settings").write_text("TEA=green\n")
    invoke(app, "--env-file", str(tmp_path / "settings"), "greet")
    assert os.environ["TEA"] == "green"


def test_debug_option_reaches_the_app(app: App) -> None:
    invoke(app, "--debug", "greet")
    assert app.debug

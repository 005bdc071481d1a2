"""Commands find their app, and run inside its context."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from samovar.app import App
from samovar.commands import AppGroup, ScriptInfo, pass_script_info, with_appcontext
from samovar.current import current_app
from samovar.loading import NoAppException, is_servable


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def say_name() -> None:
    click.echo(current_app.name)


def test_app_is_loaded_once() -> None:
    made = []

    def create_app() -> App:
        made.append(App("shop"))
        return made[0]

    info = ScriptInfo(create_app=create_app)
    assert info.load_app() is info.load_app()
    assert len(made) == 1


@pytest.mark.parametrize("name", ["wsgi.py", "app.py"])
def test_program_of_the_usual_name_is_found_without_a_target(folder: Path, name: str) -> None:
    (folder / name).write_text("from samovar import App\napp = App('usual')\n")
    assert ScriptInfo().load_app().name == "usual"


def test_no_target_and_no_usual_program_is_told(folder: Path) -> None:
    with pytest.raises(NoAppException, match=r"'wsgi\.py' or 'app\.py'.*--app hello\.py"):
        ScriptInfo().load_app()


def test_debug_mode_is_set_as_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    follows, keeps = App("follows"), App("keeps")
    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert ScriptInfo(create_app=lambda: follows).load_app().debug
    assert not ScriptInfo(create_app=lambda: keeps, set_debug_flag=False).load_app().debug


def test_wsgi_callable_is_loaded_where_it_is_accepted(folder: Path) -> None:
    (folder / "app.py").write_text("def application(environ, start_response): return []\n")
    assert callable(ScriptInfo("app.py", accepts=is_servable).load_app())
    with pytest.raises(NoAppException):
        ScriptInfo("app.py").load_app()


def test_command_runs_inside_the_context_of_its_app() -> None:
    command = click.command()(with_appcontext(say_name))
    info = ScriptInfo(create_app=lambda: App("shop"))
    assert CliRunner().invoke(command, obj=info).output == "shop\n"


def test_commands_of_a_group_and_of_its_groups_do_too() -> None:
    group = AppGroup("tools")
    group.command("say")(say_name)
    inner = group.group("inner")(lambda: None)
    inner.command("say")(say_name)
    info = ScriptInfo(create_app=lambda: App("shop"))
    assert isinstance(inner, AppGroup)
    assert CliRunner().invoke(group, ["say"], obj=info).output == "shop\n"
    assert CliRunner().invoke(group, ["inner", "say"], obj=info).output == "shop\n"


def test_command_can_do_without_the_context() -> None:
    group = AppGroup("tools")

    @group.command("plain", with_appcontext=False)
    def plain() -> None:
        click.echo(bool(current_app))

    assert CliRunner().invoke(group, ["plain"]).output == "False\n"


def test_command_gets_its_script_info() -> None:
    @click.command()
    @pass_script_info
    def command(info: ScriptInfo) -> None:
        click.echo(info.app_import_path)

    assert CliRunner().invoke(command, obj=ScriptInfo("hello.py")).output == "hello.py\n"

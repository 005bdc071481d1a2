"""The server's settings on the command line and in the environment."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from samovar.cli.run import run_command
from samovar.cli.settings_options import (
    SECTIONS,
    SectionedCommand,
    read_environment,
    settings_options,
    take_settings,
)
from samovar.server import Settings

ROOT = Path(__file__).parents[2]

taken: list[Settings] = []


@click.command(cls=SectionedCommand)
@settings_options
def command(**options: object) -> None:
    taken.append(take_settings(options))


read_environment(command)


def run(*words: str, **environ: str) -> Settings:
    """Return the settings that a command line and an environment make."""
    taken.clear()
    result = CliRunner().invoke(command, words, env=environ)
    assert result.exit_code == 0, result.output
    return taken[0]


def test_every_setting_is_an_option_with_help_and_a_variable() -> None:
    options = {param.name: param for param in run_command.params if isinstance(param, click.Option)}
    for field in fields(Settings):
        option = options[field.name]
        assert option.help, field.name
        assert option.envvar == f"SAMOVAR_RUN_{field.name.upper()}"
        assert option.opts[0] == f"--{field.name.replace('_', '-')}"


def test_every_setting_is_described() -> None:
    text = Settings.__doc__ or ""
    page = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    for field in fields(Settings):
        assert f"\n        {field.name}: " in text
        assert f"--{field.name.replace('_', '-')}" in page


def test_defaults_are_those_of_the_settings() -> None:
    assert run() == Settings()


def test_option_is_taken() -> None:
    settings = run("--max-body", "10", "--header-timeout", "0.5", "--preload", "--pidfile", "x")
    assert settings == Settings(max_body=10, header_timeout=0.5, preload=True, pidfile="x")


def test_environment_is_taken_and_the_command_line_wins() -> None:
    environ = {"SAMOVAR_RUN_WORKERS": "3", "SAMOVAR_RUN_THREADS": "7", "SAMOVAR_RUN_PRELOAD": "1"}
    assert run("--threads", "8", **environ) == Settings(workers=3, threads=8, preload=True)


@pytest.mark.parametrize("words", [["--workers", "0"], ["--workers", "many"], ["--threads", "-1"]])
def test_value_that_cannot_work_is_refused_in_words(words: list[str]) -> None:
    result = CliRunner().invoke(command, words)
    assert result.exit_code == 2
    assert words[1] in result.output


def test_help_has_a_section_for_each_subject() -> None:
    output = CliRunner().invoke(run_command, ["--help"]).output
    headings = [line for line in output.splitlines() if line.endswith(":") and line[0] != " "]
    assert headings[0] == "Options:"
    assert set(headings) >= {f"{section}:" for section in SECTIONS}

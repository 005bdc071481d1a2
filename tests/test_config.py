"""Filling a config from files, objects and the environment."""

from __future__ import annotations

import json
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from samovar import App, Config
from samovar.config import ConfigAttribute

PORT = 8000
lower = "not taken over"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(tmp_path)


def test_defaults_are_copied_when_the_config_is_made() -> None:
    defaults = {"A": 1}
    config = Config("/", defaults)
    config["B"] = 2
    assert defaults == {"A": 1}


def test_from_object_takes_upper_case_names_of_a_module(config: Config) -> None:
    config.from_object(__name__)
    assert config["PORT"] == 8000
    assert "lower" not in config


def test_from_object_takes_inherited_names_of_a_class(config: Config) -> None:
    class Base:
        TEST_KEY = "base"

    class Child(Base):
        OTHER = 1

    config.from_object(Child)
    assert config == {"TEST_KEY": "base", "OTHER": 1}


def test_from_object_fails_when_the_name_leads_nowhere(config: Config) -> None:
    with pytest.raises(ImportError):
        config.from_object("no_such_module_here")


def test_from_pyfile_reads_relative_to_the_root_path(config: Config, tmp_path: Path) -> None:
    (tmp_path / "settings.cfg").write_text("NAME = 'sämovar'\nlower = 1\n", encoding="utf-8")
    assert config.from_pyfile("settings.cfg") is True
    assert config == {"NAME": "sämovar"}


def test_from_pyfile_honours_the_coding_line(config: Config, tmp_path: Path) -> None:
    (tmp_path / "settings.cfg").write_bytes(
        "# -*- coding: latin-1 -*-\nNAME = 'ä'\n".encode("latin-1")
    )
    config.from_pyfile("settings.cfg")
    assert config["NAME"] == "ä"


def test_from_pyfile_tells_file_when_missing(config: Config) -> None:
    with pytest.raises(OSError, match=r"Unable to load configuration file .*no\.cfg'"):
        config.from_pyfile("no.cfg")


def test_from_pyfile_returns_false_when_missing_and_silent(config: Config, tmp_path: Path) -> None:
    assert config.from_pyfile("no.cfg", silent=True) is False
    (tmp_path / "file").write_text("")
    assert config.from_pyfile("file/no.cfg", silent=True) is False
    assert config.from_pyfile(tmp_path, silent=True) is False


def test_from_pyfile_lets_the_files_own_errors_through_when_silent(
    config: Config, tmp_path: Path
) -> None:
    (tmp_path / "settings.cfg").write_text("open('/no/such/file/anywhere')")
    with pytest.raises(FileNotFoundError, match="No such file"):
        config.from_pyfile("settings.cfg", silent=True)


def test_from_envvar_loads_the_named_file(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.cfg").write_text("A = 1")
    monkeypatch.setenv("APP_SETTINGS", str(tmp_path / "settings.cfg"))
    assert config.from_envvar("APP_SETTINGS") is True
    assert config["A"] == 1


@pytest.mark.parametrize("value", [None, ""])
def test_from_envvar_says_what_to_write_when_not_set(
    config: Config, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv("APP_SETTINGS", raising=False)
    else:
        monkeypatch.setenv("APP_SETTINGS", value)
    with pytest.raises(RuntimeError, match=r"'APP_SETTINGS' is not set.*export APP_SETTINGS="):
        config.from_envvar("APP_SETTINGS")
    assert config.from_envvar("APP_SETTINGS", silent=True) is False


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        pytest.param({"FLASK_A": "1"}, {"A": 1}, id="json"),
        pytest.param({"FLASK_A": "yes"}, {"A": "yes"}, id="text"),
        pytest.param({"OTHER_A": "1"}, {}, id="other prefix"),
        pytest.param({"FLASK_A__b__c": "1"}, {"A": {"b": {"c": 1}}}, id="nested"),
        pytest.param(
            {"FLASK_A__x": "1", "FLASK_A": '{"y": 2}'}, {"A": {"x": 1, "y": 2}}, id="into a dict"
        ),
    ],
)
def test_from_prefixed_env(
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    expected: dict[str, Any],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    config.from_prefixed_env()
    assert {key: config[key] for key in expected} == expected
    assert "OTHER_A" not in config


def test_from_prefixed_env_takes_a_prefix_and_a_loader(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_A", "1")
    config.from_prefixed_env("SHOP", loads=lambda text: text + "!")
    assert config == {"A": "1!"}


def test_from_file_reads_text_and_bytes(config: Config, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"A": 1, "b": 2}')
    (tmp_path / "c.toml").write_text('C = "3"')
    assert config.from_file("a.json", load=json.load) is True
    assert config.from_file("c.toml", load=tomllib.load, text=False) is True
    assert config == {"A": 1, "C": "3"}


def test_from_file_when_missing(config: Config) -> None:
    assert config.from_file("no.json", load=json.load, silent=True) is False
    with pytest.raises(OSError, match="Unable to load configuration file"):
        config.from_file("no.json", load=json.load)


def test_from_mapping_lets_keywords_win(config: Config) -> None:
    assert config.from_mapping({"A": 1, "B": 1, "c": 1}, B=2, d=2) is True
    assert config == {"A": 1, "B": 2}
    config.from_mapping([("C", 3), ("d", 4)])
    assert config == {"A": 1, "B": 2, "C": 3}


def test_get_namespace_cuts_and_lowers_as_asked(config: Config) -> None:
    config.update(IMG_TYPE="fs", IMG_PATH="/var", OTHER=1)
    assert config.get_namespace("IMG_") == {"type": "fs", "path": "/var"}
    assert config.get_namespace("IMG_", lowercase=False) == {"TYPE": "fs", "PATH": "/var"}
    assert config.get_namespace("IMG_", trim_namespace=False) == {
        "img_type": "fs",
        "img_path": "/var",
    }


def test_repr_names_the_class() -> None:
    assert repr(Config("/", {"A": 1})) == "<Config {'A': 1}>"


def test_attribute_reads_and_writes_the_config() -> None:
    class Shop(App):
        currency = ConfigAttribute[str]("CURRENCY")

    app = Shop(__name__)
    app.currency = "EUR"
    assert app.config["CURRENCY"] == "EUR"
    app.config["CURRENCY"] = "GBP"
    assert app.currency == "GBP"
    assert isinstance(Shop.currency, ConfigAttribute)


def test_attribute_converts_at_each_read() -> None:
    app = App(__name__)
    app.config["PERMANENT_SESSION_LIFETIME"] = 60
    assert app.permanent_session_lifetime == timedelta(minutes=1)

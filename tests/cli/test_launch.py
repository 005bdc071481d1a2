"""What ``app.run()`` makes of its arguments, the configuration and the environment."""

from __future__ import annotations

import os
from typing import Any

import click
import pytest

from samovar.app import App
from samovar.cli import launch as launching
from samovar.cli.group import RUNNING_COMMAND
from samovar.cli.launch import Address, prepare, serve_app
from samovar.cli.options import parse_port
from samovar.cli.serve import Plan

HERE = Address("127.0.0.1", 5000)


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (RUNNING_COMMAND, "FLASK_DEBUG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """Return the plans that would be served."""
    made: list[Plan] = []

    def serve(load: object, plan: Plan, *, is_running: bool) -> None:
        made.append(plan)

    monkeypatch.setattr(launching, "serve", serve)
    return made


@pytest.mark.parametrize(
    ("host", "port", "server_name", "address"),
    [
        (None, None, None, HERE),
        ("", 80, None, Address("", 80)),
        (None, 0, None, Address("127.0.0.1", 0)),
        (None, None, "shop.test:8000", Address("shop.test", 8000)),
        ("0.0.0.0", None, "shop.test:8000", Address("0.0.0.0", 8000)),
        (None, 1, "shop.test", Address("shop.test", 1)),
    ],
)
def test_address_comes_from_arguments_then_configuration(
    host: str | None, port: int | None, server_name: str | None, address: Address
) -> None:
    app = App("shop")
    app.config["SERVER_NAME"] = server_name
    assert prepare(app, host, port, None, load_dotenv=False) == address


def test_debug_argument_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    app = App("shop")
    prepare(app, None, None, False, load_dotenv=True)
    assert not app.debug


def test_run_does_nothing_while_a_command_loads_the_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(RUNNING_COMMAND, "true")
    assert prepare(App("shop"), None, None, None, load_dotenv=False) is None
    assert "__main__" in capsys.readouterr().err


def test_debug_mode_brings_reloader_and_error_page(plans: list[Plan]) -> None:
    app = App("shop")
    app.run(debug=True, load_dotenv=False)
    app.run(debug=False, load_dotenv=False)
    app.run(debug=True, use_reloader=False, load_dotenv=False)
    assert [(plan.reload, plan.debugger) for plan in plans] == [
        (True, True),
        (False, False),
        (False, True),
    ]


def test_options_of_werkzeugs_server_are_understood(plans: list[Plan]) -> None:
    options: dict[str, Any] = {"threaded": False, "processes": 3, "reloader_type": "stat"}
    serve_app(App("shop"), HERE, options, "shop")
    assert (plans[0].settings.threads, plans[0].settings.workers) == (1, 3)


def test_settings_of_the_server_are_options(plans: list[Plan]) -> None:
    serve_app(App("shop"), HERE, {"access_log": "json", "idle_timeout": 5.0}, "shop")
    assert (plans[0].settings.access_log, plans[0].settings.idle_timeout) == ("json", 5.0)


@pytest.mark.parametrize(
    ("ssl_context", "cert", "key"),
    [("adhoc", "adhoc", ""), (("cert.pem", "key.pem"), "cert.pem", "key.pem"), (None, "", "")],
)
def test_ssl_context_names_the_certificate(
    plans: list[Plan], ssl_context: object, cert: str, key: str
) -> None:
    serve_app(App("shop"), HERE, {"ssl_context": ssl_context}, "shop")
    assert (plans[0].settings.cert, plans[0].settings.key) == (cert, key)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"colour": 1}, "no option 'colour'"),
        ({"ssl_context": 1}, "must be 'adhoc' or the names of two files"),
    ],
)
def test_option_that_means_nothing_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        serve_app(App("shop"), HERE, options, "shop")


def port(value: str) -> int:
    return parse_port(click.Context(click.Command("run")), click.Option(["--port"]), value)


def test_port_can_be_the_users_number() -> None:
    assert port("uid") == os.getuid()
    assert port("8000") == 8000


@pytest.mark.parametrize("value", ["65536", "-1", "", "http"])
def test_port_must_be_a_port(value: str) -> None:
    with pytest.raises(click.BadParameter):
        port(value)

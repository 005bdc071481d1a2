"""The test client, made-up environs and the runner of commands."""

from __future__ import annotations

import click
import pytest
from werkzeug.test import EnvironBuilder as WerkzeugBuilder

from samovar import App, g, has_request_context, request, session
from samovar.commands import ScriptInfo
from samovar.testing import EnvironBuilder, FlaskClient, FlaskCliRunner


@pytest.fixture
def app() -> App:
    app = App(__name__)
    app.secret_key = "secret"

    @app.route("/", methods=["GET", "POST"])
    def index() -> str:
        g.seen = True
        session["count"] = session.get("count", 0) + 1
        return f"{request.url} {session['count']} {request.get_json(silent=True)}"

    return app


def test_client_keeps_cookies_unless_told_not_to(app: App) -> None:
    client = app.test_client()
    client.get("/")
    assert client.get("/").text == "http://localhost/ 2 None"
    client = app.test_client(use_cookies=False)
    client.get("/")
    assert client.get("/").text == "http://localhost/ 1 None"


def test_client_in_a_block_keeps_the_contexts_of_the_last_request(app: App) -> None:
    with app.test_client() as client:
        client.get("/?a=1")
        assert request.args["a"] == "1"
        assert session["count"] == 1
        assert g.seen
        client.get("/?a=2")
        assert request.args["a"] == "2"
    assert not has_request_context()


def test_client_blocks_do_not_nest(app: App) -> None:
    with app.test_client() as client, pytest.raises(RuntimeError, match="nest"), client:
        pass


def test_session_transaction_reads_and_writes_the_session(app: App) -> None:
    client = app.test_client()
    with client.session_transaction() as opened:
        opened["count"] = 41
    assert client.get("/").text == "http://localhost/ 42 None"
    with client.session_transaction() as opened:
        assert opened["count"] == 42


def test_session_transaction_needs_cookies_and_a_session(app: App) -> None:
    client = app.test_client(use_cookies=False)
    with pytest.raises(TypeError, match="use_cookies=True"), client.session_transaction():
        pass
    app.secret_key = None
    client = app.test_client()
    with pytest.raises(RuntimeError, match="did not open"), client.session_transaction():
        pass


def test_client_sends_json_as_the_app_writes_it(app: App) -> None:
    assert app.test_client().post("/", json={"b": 1, "a": 2}).text.endswith("{'a': 2, 'b': 1}")


def test_client_takes_builders_environs_and_requests(app: App) -> None:
    client = app.test_client()
    builder = EnvironBuilder(app, "/?from=builder")
    try:
        assert "from=builder" in client.open(builder).text
        assert "from=builder" in client.open(builder.get_environ()).text
        assert "from=builder" in client.open(builder.get_request()).text
    finally:
        builder.close()
    plain = WerkzeugBuilder("/?from=werkzeug")
    assert "from=werkzeug" in client.open(plain).text
    plain.close()


@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        ({}, "http://example.org/root/"),
        ({"path": "/a?b=c"}, "http://example.org/root/a?b=c"),
        ({"subdomain": "api"}, "http://api.example.org/root/"),
        ({"url_scheme": "https"}, "https://example.org/root/"),
        ({"path": "https://other.net/a"}, "https://other.net/root/a"),
        ({"base_url": "http://based.net/"}, "http://based.net/"),
    ],
)
def test_made_up_requests_follow_the_settings(
    app: App, arguments: dict[str, str], url: str
) -> None:
    app.config.update(SERVER_NAME="example.org", APPLICATION_ROOT="/root")
    with app.test_request_context(**arguments):
        assert request.url == url


def test_base_url_stands_alone(app: App) -> None:
    with pytest.raises(AssertionError, match="base_url"):
        app.test_request_context(base_url="http://a.net", subdomain="x")


def test_runner_runs_commands_of_the_app(app: App) -> None:
    @app.cli.command("greet")
    @click.argument("name")
    def greet(name: str) -> None:
        click.echo(f"Hello {name}")

    assert app.test_cli_runner().invoke(args=["greet", "you"]).output == "Hello you\n"
    assert app.test_cli_runner().invoke(greet, ["me"]).output == "Hello me\n"
    info = ScriptInfo(create_app=lambda: app)
    assert app.test_cli_runner().invoke(greet, ["it"], obj=info).output == "Hello it\n"


def test_classes_of_the_program_are_used(app: App) -> None:
    class OwnClient(FlaskClient):
        pass

    class OwnRunner(FlaskCliRunner):
        pass

    app.test_client_class = OwnClient
    app.test_cli_runner_class = OwnRunner
    assert type(app.test_client()) is OwnClient
    assert type(app.test_cli_runner()) is OwnRunner

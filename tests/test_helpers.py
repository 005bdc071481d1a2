"""What programs call while they answer a request."""

from __future__ import annotations

import contextvars
import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from werkzeug.exceptions import Gone, NotFound
from werkzeug.routing import BuildError

import samovar
from samovar import (
    App,
    Blueprint,
    Response,
    abort,
    flash,
    g,
    get_flashed_messages,
    get_template_attribute,
    make_response,
    message_flashed,
    redirect,
    request,
    session,
    stream_with_context,
    url_for,
)
from samovar.helpers import (
    get_debug_flag,
    get_load_dotenv,
    get_root_path,
)


@pytest.fixture
def app() -> App:
    app = App(__name__, static_folder=None)
    app.testing = True
    app.secret_key = "not so secret"
    return app


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, False), ("", False), ("0", False), ("False", False), ("NO", False), ("1", True)],
)
def test_debug_flag(monkeypatch: pytest.MonkeyPatch, value: str | None, expected: bool) -> None:
    if value is None:
        monkeypatch.delenv("FLASK_DEBUG", raising=False)
    else:
        monkeypatch.setenv("FLASK_DEBUG", value)
    assert get_debug_flag() is expected


@pytest.mark.parametrize(
    ("value", "expected"), [("", True), ("0", True), ("no", True), ("1", False), ("yes", False)]
)
def test_load_dotenv_flag(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv("FLASK_SKIP_DOTENV", value)
    assert get_load_dotenv() is expected
    monkeypatch.delenv("FLASK_SKIP_DOTENV")
    assert get_load_dotenv(default=False) is False


def test_url_has_anchor_scheme_and_query_as_asked(app: App) -> None:
    app.add_url_rule("/user/<int:id>", endpoint="user")
    with app.test_request_context():
        assert url_for("user", id=7) == "/user/7"
        assert url_for("user", id=7, q="a b", _anchor="x y") == "/user/7?q=a+b#x%20y"
        assert url_for("user", id=7, _external=True) == "http://localhost/user/7"
        assert url_for("user", id=7, _scheme="https") == "https://localhost/user/7"
        with pytest.raises(ValueError):
            url_for("user", id=7, _scheme="https", _external=False)
        with pytest.raises(BuildError):
            url_for("nobody")


def test_url_of_a_rule_by_method(app: App) -> None:
    app.add_url_rule("/list", endpoint="items", methods=["GET"])
    app.add_url_rule("/new", endpoint="items", methods=["POST"])
    with app.test_request_context():
        assert url_for("items", _method="GET") == "/list"
        assert url_for("items", _method="POST") == "/new"


def test_url_without_a_request_needs_a_server_name(app: App) -> None:
    app.add_url_rule("/", endpoint="index")
    with app.app_context(), pytest.raises(RuntimeError, match="SERVER_NAME"):
        url_for("index")
    app.config["SERVER_NAME"] = "example.com"
    with app.app_context():
        assert url_for("index") == "http://example.com/"
    with pytest.raises(RuntimeError, match="Working outside of application context"):
        url_for("index")


def test_redirect_works_with_and_without_an_app(app: App) -> None:
    response = redirect("/x", code=308)
    assert response.status_code == 308
    assert isinstance(response, Response)

    class Own(App):
        def redirect(self, location: str, code: int = 302) -> Any:
            return super().redirect("/own" + location, code)

    with Own(__name__).app_context():
        assert redirect("/x").location == "/own/x"


def test_abort_uses_the_apps_aborter(app: App) -> None:
    with pytest.raises(NotFound):
        abort(404)
    with pytest.raises(LookupError):
        abort(900)

    class Special(Gone):
        code = 900

    app.aborter.mapping[900] = Special
    with app.app_context(), pytest.raises(Special, match="words"):
        abort(900, "words")


def test_abort_may_carry_a_response(app: App) -> None:
    @app.get("/")
    def index() -> str:
        abort(Response("own", 418))

    response = app.test_client().get("/")
    assert (response.status_code, response.text) == (418, "own")


def test_make_response_takes_what_a_view_returns(app: App) -> None:
    with app.test_request_context():
        assert make_response().get_data() == b""
        assert make_response("text").get_data() == b"text"
        response = make_response({"a": 1}, 201, {"X-A": "b"})
        assert response.get_json() == {"a": 1}
        assert (response.status_code, response.headers["X-A"]) == (201, "b")
        assert make_response(response) is response


def test_template_attribute_is_a_macro_or_variable(app: App, tmp_path: Path) -> None:
    (tmp_path / "parts.html").write_text("{% macro hi(name) %}Hi {{ name }}{% endmacro %}")
    app = App(__name__, template_folder=str(tmp_path))
    with app.app_context():
        assert get_template_attribute("parts.html", "hi")("Anna") == "Hi Anna"
        with pytest.raises(AttributeError):
            get_template_attribute("parts.html", "missing")


def test_flashed_messages_are_shown_once(app: App) -> None:
    @app.get("/flash")
    def put() -> str:
        flash("saved")
        flash("watch out", "warning")
        return ""

    @app.get("/show")
    def show() -> list[Any]:
        return [
            get_flashed_messages(),
            get_flashed_messages(with_categories=True),
            get_flashed_messages(category_filter=["warning"]),
            get_flashed_messages(True, (kind for kind in ["message", "error"])),
        ]

    client = app.test_client()
    client.get("/flash")
    assert client.get("/show").json == [
        ["saved", "watch out"],
        [["message", "saved"], ["warning", "watch out"]],
        ["watch out"],
        [["message", "saved"]],
    ]
    assert client.get("/show").json == [[], [], [], []]


def test_flash_sends_its_signal(app: App) -> None:
    seen: list[tuple[Any, str, str]] = []

    def note(sender: Any, message: str, category: str, **extra: Any) -> None:
        seen.append((sender, message, category))

    with app.test_request_context(), message_flashed.connected_to(note):
        flash("hello", "info")
    assert seen == [(app, "hello", "info")]


def test_stream_keeps_the_contexts_after_the_view(app: App) -> None:
    ended: list[str] = []
    app.teardown_request(lambda exc: ended.append(request.path))

    @app.get("/<way>")
    def stream(way: str) -> Any:
        session["x"] = "session"
        g.y = "g"

        def generate() -> Iterator[str]:
            yield request.args["name"]
            yield from (",", session["x"], ",", g.y)

        if way == "wrapped":
            return stream_with_context(generate())
        return stream_with_context(generate)()

    client = app.test_client()
    assert client.get("/wrapped?name=Anna").text == "Anna,session,g"
    assert client.get("/decorated?name=Anna").text == "Anna,session,g"
    assert set(ended) == {"/wrapped", "/decorated"}


def test_streams_of_two_requests_do_not_mix_when_they_take_turns(app: App) -> None:
    def generate() -> Iterator[str]:
        for number in range(3):
            yield f"{request.args['name']}{number}"

    streams = []
    for name in "ab":
        with app.test_request_context(f"/?name={name}"):
            streams.append(stream_with_context(generate()))
    assert [item for pair in zip(*streams, strict=True) for item in pair] == [
        "a0", "b0", "a1", "b1", "a2", "b2",
    ]  # fmt: skip
    assert not samovar.has_request_context()


def test_stream_sees_the_context_variables_of_the_view(app: App) -> None:
    language = contextvars.ContextVar("language", default="en")

    def generate() -> Iterator[str]:
        yield language.get()
        language.set("fr")
        yield language.get()

    with app.test_request_context():
        token = language.set("de")
        stream = stream_with_context(generate())
        language.reset(token)
    assert list(stream) == ["de", "fr"]
    assert language.get() == "en"


class Closing:
    """An iterator that notes how often it was closed."""

    def __init__(self) -> None:
        self.items = iter("ab")
        self.closed = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self.items)

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_stream_closes_its_iterator_once_when_given_up(app: App, steps: int) -> None:
    closing = Closing()
    with app.test_request_context():
        stream: Any = stream_with_context(closing)
    for _ in range(steps):
        next(stream)
    stream.close()
    stream.close()
    assert closing.closed == 1
    assert list(stream) == []


def test_stream_closes_its_iterator_once_when_it_ends(app: App) -> None:
    closing = Closing()
    with app.test_request_context():
        stream = stream_with_context(closing)
    assert list(stream) == ["a", "b"]
    assert closing.closed == 1


def test_stream_needs_a_request() -> None:
    with pytest.raises(RuntimeError, match="'stream_with_context' can only be used when"):
        stream_with_context(iter("ab"))


def test_relative_endpoint_is_of_the_current_blueprint(app: App) -> None:
    blueprint = Blueprint("shop", __name__, url_prefix="/shop")
    blueprint.add_url_rule("/", view_func=lambda: url_for(".cart"), endpoint="index")
    blueprint.add_url_rule("/cart", view_func=lambda: "", endpoint="cart")
    app.register_blueprint(blueprint)
    assert app.test_client().get("/shop/").text == "/shop/cart"


class TestRootPath:
    def test_of_an_imported_module(self) -> None:
        assert get_root_path("samovar") == os.path.dirname(samovar.__file__)

    def test_of_a_module_that_is_not_imported(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "not_imported_yet.py").write_text("raise RuntimeError('not to be run')")
        monkeypatch.syspath_prepend(tmp_path)
        assert get_root_path("not_imported_yet") == str(tmp_path)

    @pytest.mark.parametrize("name", ["no_such_module", "no.such.module", "__main__x"])
    def test_of_nothing_is_the_working_directory(self, name: str) -> None:
        assert get_root_path(name) == os.getcwd()

    def test_of_a_namespace_package_is_asked_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "spacious").mkdir()
        monkeypatch.syspath_prepend(tmp_path)
        importlib.import_module("spacious")
        with pytest.raises(RuntimeError, match="No root path can be found .*'spacious'"):
            get_root_path("spacious")
        monkeypatch.delitem(sys.modules, "spacious", raising=False)

    def test_of_a_module_without_a_file_is_the_working_directory(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "typed_in", ModuleType("typed_in"))
        assert get_root_path("typed_in") == os.getcwd()

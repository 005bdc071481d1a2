"""What debug mode says where a program would only be puzzled."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest
from jinja2 import DictLoader

from samovar import App, Blueprint, render_template, request
from samovar.errors import DebugFilesKeyError, FormDataRoutingRedirect


@pytest.fixture
def app() -> App:
    app = App("samovar_errors_test")
    app.testing = True
    app.debug = True
    return app


def test_forgotten_enctype_is_explained(app: App) -> None:
    @app.post("/")
    def upload() -> str:
        return str(request.files["photo"].filename)

    client = app.test_client()
    with pytest.raises(DebugFilesKeyError) as caught:
        client.post("/", data={"photo": "cat.png"})
    text = str(caught.value)
    assert "no file contents were transmitted" in text
    assert 'enctype="multipart/form-data"' in text
    assert "This was submitted: 'cat.png'" in text
    assert client.post("/", data={"photo": (io.BytesIO(b"x"), "cat.png")}).text == "cat.png"


def test_missing_file_is_a_bad_request_when_the_form_has_no_such_field(app: App) -> None:
    @app.post("/")
    def upload() -> str:
        return str(request.files["photo"].filename)

    app.config["TRAP_BAD_REQUEST_ERRORS"] = False
    assert app.test_client().post("/", data={"other": "1"}).status_code == 400
    app.debug = False
    assert app.test_client().post("/", data={"photo": "cat.png"}).status_code == 400


@pytest.mark.parametrize(
    ("rule", "sent", "slash"),
    [("/users/", "/users", True), ("/a/b", "/a//b", False)],
)
def test_redirect_that_loses_a_form_is_explained(
    app: App, rule: str, sent: str, slash: bool
) -> None:
    app.add_url_rule(rule, view_func=lambda: "", endpoint="users", methods=["GET", "POST"])
    with app.test_request_context(sent, method="POST", data={"a": "1"}):
        exception = request.routing_exception
        assert exception is not None
        text = str(FormDataRoutingRedirect(request._get_current_object()))  # type: ignore[attr-defined]
    assert f"canonical URL 'http://localhost{rule}'" in text
    assert ("trailing slash" in text) is slash
    assert "repeats the POST as a GET" in text


def test_template_loading_is_explained(
    app: App, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    blueprint = Blueprint("shop", __name__, template_folder=str(tmp_path))
    blueprint.add_url_rule("/", view_func=lambda: render_template("one.html"), endpoint="one")
    app.register_blueprint(blueprint)
    app.jinja_loader = DictLoader({"one.html": "from the app"})
    app.config["EXPLAIN_TEMPLATE_LOADING"] = True
    caplog.set_level(logging.INFO, "samovar_errors_test")
    client = app.test_client()

    assert client.get("/").text == "from the app"
    assert "1: trying loader of application 'samovar_errors_test'" in caplog.text
    assert f"2: trying loader of blueprint 'shop' ({__name__})" in caplog.text
    assert f"  - {tmp_path}" in caplog.text
    assert "found ('<string>')" in caplog.text
    assert "no match" in caplog.text
    assert "Warning" not in caplog.text


def test_template_found_twice_is_pointed_out(
    app: App, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    (tmp_path / "one.html").write_text("from the blueprint")
    blueprint = Blueprint("shop", __name__, template_folder=str(tmp_path))
    blueprint.add_url_rule("/", view_func=lambda: render_template("one.html"), endpoint="one")
    app.register_blueprint(blueprint)
    app.jinja_loader = DictLoader({"one.html": "from the app"})
    app.config["EXPLAIN_TEMPLATE_LOADING"] = True
    caplog.set_level(logging.INFO, "samovar_errors_test")

    assert app.test_client().get("/").text == "from the app"
    assert "Warning: multiple loaders returned a match" in caplog.text
    assert "belongs to the blueprint 'shop'" in caplog.text


def test_answer_tells_strangers_nothing_of_an_error(app: App) -> None:
    @app.route("/bug")
    def bug() -> str:
        raise ValueError("the password is swordfish")

    app.testing = app.debug = False
    response = app.test_client().get("/bug")
    assert response.status_code == 500
    assert "swordfish" not in response.text
    assert "ValueError" not in response.text
    assert __file__ not in response.text

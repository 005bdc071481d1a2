"""Blueprints: parts of an app under a name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from samovar import App, Blueprint, Response, abort, render_template_string, request, url_for
from samovar.blueprints import BlueprintSetupState


def test_blueprint_puts_its_name_and_prefix_before_its_routes() -> None:
    app = App(__name__)
    shop = Blueprint("shop", __name__, url_prefix="/shop/")
    shop.add_url_rule("/", "index", lambda: str(request.endpoint))
    shop.add_url_rule("/<item>", "item", lambda item: url_for(".item", item="x"))
    app.register_blueprint(shop)
    client = app.test_client()
    assert client.get("/shop/").text == "shop.index"
    assert client.get("/shop/tea").text == "/shop/x"


def test_nested_blueprints_join_names_and_prefixes() -> None:
    app = App(__name__)
    outer = Blueprint("outer", __name__, url_prefix="/outer")
    inner = Blueprint("inner", __name__, url_prefix="/inner")
    inner.add_url_rule("/", "index", lambda: " ".join(request.blueprints))
    outer.register_blueprint(inner)
    outer.register_blueprint(inner, name="again", url_prefix="/again")
    app.register_blueprint(outer)
    client = app.test_client()
    assert client.get("/outer/inner/").text == "outer.inner outer"
    assert client.get("/outer/again/").text == "outer.again outer"


def test_nested_blueprints_join_subdomains() -> None:
    app = App(__name__, subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    outer = Blueprint("outer", __name__, subdomain="api")
    inner = Blueprint("inner", __name__, subdomain="v1")
    inner.add_url_rule("/", "index", lambda: "inner")
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    response = app.test_client().get("/", base_url="http://v1.api.example.org")
    assert response.text == "inner"


def test_hooks_of_a_blueprint_are_for_its_views_and_app_hooks_for_all() -> None:
    app = App(__name__)
    part = Blueprint("part", __name__, url_prefix="/part")
    seen: list[str] = []

    def after(name: str) -> Any:
        def note(response: Response) -> Response:
            seen.append(name)
            return response

        return note

    part.url_value_preprocessor(lambda endpoint, values: seen.append("values"))
    part.app_url_value_preprocessor(lambda endpoint, values: seen.append("app values"))
    part.before_request(lambda: seen.append("before"))
    part.before_app_request(lambda: seen.append("app before"))
    part.after_request(after("after"))
    part.after_app_request(after("app after"))
    part.teardown_request(lambda error: seen.append("teardown"))
    part.teardown_app_request(lambda error: seen.append("app teardown"))
    part.add_url_rule("/", "index", lambda: "x")
    app.register_blueprint(part)
    app.add_url_rule("/", "index", lambda: "x")
    app.test_client().get("/")
    assert seen == ["app values", "app before", "app after", "app teardown"]
    seen.clear()
    app.test_client().get("/part/")
    assert seen == [
        "app values",
        "values",
        "app before",
        "before",
        "after",
        "app after",
        "teardown",
        "app teardown",
    ]


def test_error_handler_of_a_blueprint_comes_before_the_apps() -> None:
    app = App(__name__)
    part = Blueprint("part", __name__, url_prefix="/part")

    @app.errorhandler(403)
    def by_app(error: Exception) -> tuple[str, int]:
        return "app", 403

    @part.errorhandler(403)
    def by_part(error: Exception) -> tuple[str, int]:
        return "part", 403

    @part.app_errorhandler(404)
    def missing(error: Exception) -> tuple[str, int]:
        return "missing", 404

    part.add_url_rule("/", "index", lambda: abort(403))
    app.register_blueprint(part)
    app.add_url_rule("/", "index", lambda: abort(403))
    client = app.test_client()
    assert [client.get(path).text for path in ("/", "/part/", "/none")] == [
        "app",
        "part",
        "missing",
    ]


def test_template_names_of_a_blueprint() -> None:
    app = App(__name__)
    part = Blueprint("part", __name__, url_prefix="/part")

    @part.app_template_filter()
    def loud(text: str) -> str:
        return text.upper()

    @part.app_template_test("short")
    def is_short(text: str) -> bool:
        return len(text) < 3

    @part.app_template_global()
    def answer() -> int:
        return 42

    part.context_processor(lambda: {"mine": "part"})
    part.app_context_processor(lambda: {"everybodys": "app"})
    source = "{{ 'a'|loud }}{{ 'a' is short }}{{ answer() }}{{ mine }}{{ everybodys }}"
    part.add_url_rule("/", "index", lambda: render_template_string(source))
    app.register_blueprint(part)
    app.add_url_rule("/", "index", lambda: render_template_string(source))
    client = app.test_client()
    assert client.get("/part/").text == "ATrue42partapp"
    assert client.get("/").text == "ATrue42app"


def test_static_files_of_a_blueprint(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("static")
    app = App(__name__)
    part = Blueprint("part", __name__, static_folder=str(tmp_path), static_url_path="/files")
    app.register_blueprint(part, url_prefix="/part")
    with app.test_request_context():
        path = url_for("part.static", filename="a.txt")
    assert path == "/part/files/a.txt"
    response = app.test_client().get(path)
    assert response.text == "static"
    response.close()


def test_url_defaults_of_a_blueprint() -> None:
    app = App(__name__)
    part = Blueprint("part", __name__, url_prefix="/<language>", url_defaults={"kind": "a"})
    part.add_url_rule("/", "index", lambda language, kind: f"{language} {kind}")
    part.url_defaults(lambda endpoint, values: values.setdefault("language", "en"))
    app.register_blueprint(part)
    with app.test_request_context():
        assert url_for("part.index") == "/en/"
    assert app.test_client().get("/de/").text == "de a"


def test_recorded_functions_learn_of_each_registration() -> None:
    app = App(__name__)
    part = Blueprint("part", __name__)
    seen: list[Any] = []

    def every(state: BlueprintSetupState) -> None:
        seen.append((state.name, state.options.get("extra")))

    def once(state: BlueprintSetupState) -> None:
        seen.append("once")

    part.record(every)
    part.record_once(once)
    app.register_blueprint(part, extra=1)
    app.register_blueprint(part, name="again")
    assert seen == [("part", 1), "once", ("again", None)]


def test_commands_of_a_blueprint() -> None:
    app = App(__name__)
    for name, group in (("own", "own"), ("named", "other"), ("merged", None)):
        options = {} if name == "own" else {"cli_group": group}
        part = Blueprint(name, __name__, **options)  # type: ignore[arg-type]
        part.cli.command(f"{name}-command")(lambda: None)
        app.register_blueprint(part)
    assert set(app.cli.commands) == {"own", "other", "merged-command"}


def test_names_that_cannot_be_are_refused() -> None:
    app = App(__name__)
    with pytest.raises(ValueError, match="may not be empty"):
        Blueprint("", __name__)
    with pytest.raises(ValueError, match=r"'a\.b'"):
        Blueprint("a.b", __name__)
    part = Blueprint("part", __name__)
    with pytest.raises(ValueError, match="'endpoint' may not contain a dot"):
        part.add_url_rule("/", "a.b", lambda: "")
    with pytest.raises(ValueError, match="on itself"):
        part.register_blueprint(part)
    app.register_blueprint(part)
    with pytest.raises(ValueError, match="already registered for this blueprint"):
        app.register_blueprint(part)
    with pytest.raises(ValueError, match="already registered for a different blueprint"):
        app.register_blueprint(Blueprint("part", __name__))


def test_set_up_after_the_registration_is_refused() -> None:
    app = App(__name__)
    part = Blueprint("part", __name__)
    app.register_blueprint(part)
    with pytest.raises(AssertionError, match="on the blueprint 'part'"):
        part.route("/late")
    assert list(app.iter_blueprints()) == [part]

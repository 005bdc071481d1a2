"""Templates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader, TemplateNotFound

from samovar import (
    App,
    Blueprint,
    before_render_template,
    g,
    render_template,
    render_template_string,
    session,
    stream_template,
    stream_template_string,
    template_rendered,
)
from samovar.template_environment import LONGEST_KEPT_STRING, MAX_KEPT_STRINGS, Environment


@pytest.fixture
def app(tmp_path: Path) -> App:
    (tmp_path / "page.html").write_text("<p>{{ name }}</p>")
    (tmp_path / "page.txt").write_text("{{ name }}")
    (tmp_path / "base.html").write_text("{% macro who() %}{{ request.path }}{% endmacro %}")
    (tmp_path / "uses.html").write_text("{% from 'base.html' import who with context %}{{ who() }}")
    app = App(__name__, template_folder=str(tmp_path))
    app.testing = True
    app.secret_key = "not so secret"
    return app


@pytest.fixture
def request_context(app: App) -> Iterator[None]:
    with app.test_request_context("/where"):
        yield


@pytest.mark.usefixtures("request_context")
def test_variables_are_escaped_where_the_name_says_html() -> None:
    assert render_template("page.html", name="<b>") == "<p>&lt;b&gt;</p>"
    assert render_template("page.txt", name="<b>") == "<b>"
    assert render_template_string("{{ name }}", name="<b>") == "&lt;b&gt;"


@pytest.mark.usefixtures("request_context")
def test_first_template_that_exists_is_taken() -> None:
    assert render_template(["missing.html", "page.txt"], name="x") == "x"
    with pytest.raises(TemplateNotFound):
        render_template("missing.html")


@pytest.mark.usefixtures("request_context")
def test_request_session_g_and_config_are_there(app: App) -> None:
    session["a"] = "from the session"
    g.b = "from g"
    assert render_template_string("{{ request.path }} {{ session.a }} {{ g.b }}") == (
        "/where from the session from g"
    )
    assert render_template_string("{{ config.SECRET_KEY }}") == "not so secret"
    assert render_template("uses.html") == "/where"


def test_request_is_not_there_without_one(app: App) -> None:
    with app.app_context():
        g.b = "x"
        assert render_template_string("{{ g.b }}{{ 'no' if not request }}") == "xno"


def test_template_that_does_not_read_the_session_lets_the_response_be(app: App) -> None:
    app.add_url_rule("/a", "a", lambda: render_template_string("{{ request.path }}"))
    app.add_url_rule("/b", "b", lambda: render_template_string("{{ session.x }}"))
    client = app.test_client()
    assert "Vary" not in client.get("/a").headers
    assert client.get("/b").headers["Vary"] == "Cookie"


def test_arguments_win_over_context_processors(app: App) -> None:
    app.context_processor(lambda: {"name": "processor", "other": "processor"})
    with app.app_context():
        assert render_template_string("{{ name }} {{ other }}", name="x") == "x processor"


def test_apps_template_wins_over_the_blueprints(app: App, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "page.txt").write_text("blueprint")
    (folder / "own.txt").write_text("only there")
    app.register_blueprint(Blueprint("shop", __name__, template_folder=str(folder)))
    with app.app_context():
        assert render_template("page.txt", name="app") == "app"
        assert render_template("own.txt") == "only there"
    assert set(app.jinja_env.list_templates()) >= {"page.txt", "own.txt"}


def test_loader_may_be_replaced(app: App) -> None:
    app.jinja_loader = DictLoader({"page.txt": "replaced"})
    with app.app_context():
        assert render_template("page.txt") == "replaced"


def test_environment_class_may_be_replaced() -> None:
    class Own(Environment):
        pass

    class OwnApp(App):
        jinja_environment = Own

    assert isinstance(OwnApp(__name__).jinja_env, Own)


def test_signals_carry_template_and_context(app: App) -> None:
    seen: list[tuple[str, str, Any]] = []

    def before(sender: Any, template: Any, context: dict[str, Any], **extra: Any) -> None:
        context["name"] = "changed"
        seen.append(("before", template.name, sender))

    def after(sender: Any, template: Any, context: dict[str, Any], **extra: Any) -> None:
        seen.append(("after", context["name"], sender))

    with (
        app.app_context(),
        before_render_template.connected_to(before, app),
        template_rendered.connected_to(after, app),
    ):
        assert render_template("page.txt", name="x") == "changed"
        assert list(stream_template("page.txt", name="x")) == ["changed"]
    assert seen == [("before", "page.txt", app), ("after", "changed", app)] * 2


def test_stream_comes_piece_by_piece_with_its_request(app: App) -> None:
    reached: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(3):
            reached.append(number)
            yield number

    with app.test_request_context("/where"):
        stream = stream_template_string(
            "{{ request.path }}{% for n in numbers %}{{ n }}{% endfor %}", numbers=numbers()
        )
    assert reached == []
    assert next(stream) == "/where"
    assert reached == []
    assert "".join(stream) == "012"


def test_stream_works_without_a_request(app: App) -> None:
    with app.app_context():
        assert "".join(stream_template("page.txt", name="x")) == "x"


def test_changed_template_is_read_again_when_debugging(tmp_path: Path) -> None:
    page = tmp_path / "changing.txt"
    page.write_text("old")
    app = App(__name__, template_folder=str(tmp_path))
    app.config["TEMPLATES_AUTO_RELOAD"] = True
    with app.app_context():
        assert render_template("changing.txt") == "old"
        page.write_text("new and longer")
        assert render_template("changing.txt") == "new and longer"


def test_missing_template_says_where_it_was_looked_for(app: App, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "menu.html").write_text("")
    with app.app_context():
        with pytest.raises(TemplateNotFound) as caught:
            render_template("other.html")
        assert caught.value.name == "other.html"
        assert str(caught.value) == (
            "There is no template 'other.html'. It was looked for in:\n"
            f"  {tmp_path} (application {__name__!r})"
        )
        with pytest.raises(TemplateNotFound, match=r"Is it 'page\.html' that you mean\?"):
            render_template("Page.html")
        with pytest.raises(TemplateNotFound, match=r"Is it 'parts/menu\.html' that you mean\?"):
            render_template("parts/menue.html")
        assert render_template_string("{% include 'other.html' ignore missing %}") == ""


def test_template_beside_the_program_is_pointed_out(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("")
    app = App(__name__, root_path=str(tmp_path))
    with app.app_context(), pytest.raises(TemplateNotFound, match="lies beside the program"):
        render_template("index.html")
    app = App(__name__, template_folder=None)
    with app.app_context(), pytest.raises(TemplateNotFound, match="no folder of templates"):
        render_template("index.html")


def test_string_is_compiled_once_until_the_environment_changes(app: App) -> None:
    source = "{{ 'a'|twice }}"
    app.jinja_env.filters["twice"] = lambda text: text * 2
    with app.app_context():
        first = app.jinja_env.template_of(source)
        assert app.jinja_env.template_of(source) is first
        assert render_template_string(source) == "aa"
        app.jinja_env.filters["twice"] = lambda text: text * 3
        assert render_template_string(source) == "aaa"
        app.jinja_env.autoescape = False
        assert render_template_string("{{ x }}", x="<") == "<"
        app.jinja_env.autoescape = True
        assert render_template_string("{{ x }}", x="<") == "&lt;"
        other = app.jinja_env.overlay(variable_start_string="[[", variable_end_string="]]")
        assert other.template_of("[[ 1 ]]{{ 1 }}").render() == "1{{ 1 }}"
        assert app.jinja_env.template_of("[[ 1 ]]{{ 1 }}").render() == "[[ 1 ]]1"


def test_kept_strings_are_bounded(app: App) -> None:
    with app.app_context():
        for number in range(MAX_KEPT_STRINGS + 10):
            assert render_template_string(f"{number}") == str(number)
        long = "x" * (LONGEST_KEPT_STRING + 1)
        assert render_template_string(long) == long
    assert len(app.jinja_env._strings.cache) == MAX_KEPT_STRINGS
    assert long not in app.jinja_env._strings.cache


def test_context_processors_may_be_async(app: App) -> None:
    @app.context_processor
    async def processor() -> dict[str, Any]:
        return {"name": "async"}

    with app.app_context():
        assert render_template_string("{{ name }}") == "async"

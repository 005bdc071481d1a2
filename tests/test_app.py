"""The app: set-up, hooks, errors, what views may return."""

from __future__ import annotations

import gc
import importlib
import logging
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.exceptions import (
    BadRequest,
    BadRequestKeyError,
    HTTPException,
    InternalServerError,
    NotFound,
)
from werkzeug.routing import BuildError

import samovar
from samovar import App, Request, Response, current_app, g, got_request_exception, request, session

MODULE_WITH_AN_APP = """
from samovar import App

class Special(App):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)

app = App()
special = Special()
"""


def test_app_without_a_name_finds_its_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "program_with_an_app.py").write_text(MODULE_WITH_AN_APP)
    monkeypatch.syspath_prepend(tmp_path)
    program = importlib.import_module("program_with_an_app")

    for app in (program.app, program.special):
        assert app.import_name == "program_with_an_app"
        assert app.root_path == str(tmp_path)
        assert app.instance_path == str(tmp_path / "instance")


def test_set_up_after_the_first_request_is_refused() -> None:
    app = App(__name__)
    app.test_client().get("/")
    with pytest.raises(AssertionError, match="'route' can no longer be called"):
        app.route("/late")


def test_two_views_of_one_name_are_refused() -> None:
    app = App(__name__)
    app.add_url_rule("/a", "same", lambda: "a")
    with pytest.raises(AssertionError, match="overwriting an existing endpoint function: same"):
        app.add_url_rule("/b", "same", lambda: "b")


def test_methods_as_a_string_are_refused() -> None:
    with pytest.raises(TypeError, match=r"list of strings.*'POST'"):
        App(__name__).add_url_rule("/", "index", lambda: "", methods="POST")


def test_relative_instance_path_is_refused() -> None:
    with pytest.raises(ValueError, match="'instance'"):
        App(__name__, instance_path="instance")


def test_methods_of_a_route() -> None:
    app = App(__name__)
    for method in ("get", "post", "put", "delete", "patch"):
        getattr(app, method)(f"/{method}")(lambda: "x")
        app.view_functions.clear()
    allowed = {rule.rule: rule.methods for rule in app.url_map.iter_rules()}
    assert allowed["/get"] == {"GET", "HEAD", "OPTIONS"}
    assert allowed["/patch"] == {"PATCH", "OPTIONS"}
    with pytest.raises(TypeError, match="'route' decorator"):
        app.get("/x", methods=["POST"])


def test_hooks_are_called_in_their_order() -> None:
    app = App(__name__)
    seen: list[str] = []

    def hook(name: str) -> Any:
        def call(response: Any = None) -> Any:
            seen.append(name)
            return response

        return call

    def teardown(name: str) -> Any:
        return lambda error: seen.append(name)

    app.url_value_preprocessor(lambda endpoint, values: seen.append(f"values {endpoint}"))
    app.before_request(hook("before 1"))
    app.before_request(hook("before 2"))
    app.after_request(hook("after 1"))
    app.after_request(hook("after 2"))
    app.teardown_request(teardown("teardown 1"))
    app.teardown_request(teardown("teardown 2"))
    app.teardown_appcontext(teardown("app teardown"))
    app.add_url_rule("/", "index", lambda: hook("view")("x"))
    app.test_client().get("/")
    assert seen == [
        "values index",
        "before 1",
        "before 2",
        "view",
        "after 2",
        "after 1",
        "teardown 2",
        "teardown 1",
        "app teardown",
    ]


def test_function_before_the_view_may_answer_in_its_place() -> None:
    app = App(__name__)
    app.before_request(lambda: "closed")
    app.add_url_rule("/", "index", lambda: "open")
    assert app.test_client().get("/").text == "closed"


def test_async_hooks_views_and_handlers_are_awaited() -> None:
    app = App(__name__)
    seen = []

    @app.before_request
    async def before() -> None:
        seen.append("before")

    @app.after_request
    async def after(response: Response) -> Response:
        seen.append("after")
        return response

    @app.teardown_request
    async def teardown(error: BaseException | None) -> None:
        seen.append("teardown")

    @app.route("/")
    async def index() -> str:
        return request.args["missing"]

    @app.errorhandler(400)
    async def handle(error: Exception) -> tuple[str, int]:
        return f"no {request.path}", 400

    response = app.test_client().get("/")
    assert (response.text, response.status_code) == ("no /", 400)
    assert seen == ["before", "after", "teardown"]


def test_async_to_sync_may_be_replaced() -> None:
    app = App(__name__)
    used = []
    original = app.async_to_sync

    def noting(func: Any) -> Any:
        used.append(func.__name__)
        return original(func)

    app.async_to_sync = noting  # type: ignore[method-assign]

    @app.route("/")
    async def index() -> str:
        return "x"

    assert app.test_client().get("/").text == "x"
    assert used == ["index"]


@pytest.mark.parametrize(
    ("returned", "status", "content", "headers"),
    [
        ("text", 200, b"text", {"Content-Type": "text/html; charset=utf-8"}),
        (b"bytes", 200, b"bytes", {}),
        ({"a": 1}, 200, b'{"a":1}\n', {"Content-Type": "application/json"}),
        ([1], 200, b"[1]\n", {"Content-Type": "application/json"}),
        (iter(["a", "b"]), 200, b"ab", {}),
        (("x", 202), 202, b"x", {}),
        (("x", "202 OK So Far"), 202, b"x", {}),
        (("x", {"X-A": "1"}), 200, b"x", {"X-A": "1"}),
        (("x", [("X-A", "1")]), 200, b"x", {"X-A": "1"}),
        (("x", 202, {"X-A": "1"}), 202, b"x", {"X-A": "1"}),
        (({"a": 1}, 202, {"X-A": "1"}), 202, b'{"a":1}\n', {"X-A": "1"}),
        (NotFound("gone"), 404, None, {}),
        ((Response("x", 201), {"X-A": "1"}), 201, b"x", {"X-A": "1"}),
    ],
    ids=[
        "text",
        "bytes",
        "dict",
        "list",
        "iterator",
        "status",
        "status line",
        "dict of headers",
        "list of headers",
        "status and headers",
        "dict with status and headers",
        "HTTP exception",
        "response with headers",
    ],
)
def test_views_may_return(
    returned: Any, status: int, content: bytes | None, headers: dict[str, str]
) -> None:
    app = App(__name__)
    app.add_url_rule("/", "index", lambda: returned)
    response = app.test_client().get("/")
    assert response.status_code == status
    if content is not None:
        assert response.data == content
    assert headers.items() <= dict(response.headers).items()


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (None, "returned None or ended without a return statement"),
        (7, "it was a int"),
        ((), "must have the form"),
        ((None, 200), "returned None"),
        (("a", 1, {}, 2), "must have the form"),
    ],
)
def test_what_views_may_not_return_is_explained(returned: Any, words: str) -> None:
    app = App(__name__)
    app.testing = True
    app.add_url_rule("/", "index", lambda: returned)
    with pytest.raises(TypeError, match=words):
        app.test_client().get("/")


def test_handler_for_a_code_comes_before_one_for_a_class() -> None:
    app = App(__name__)

    @app.errorhandler(HTTPException)
    def for_class(error: HTTPException) -> tuple[str, int]:
        return "class", 400

    @app.errorhandler(404)
    def for_code(error: HTTPException) -> tuple[str, int]:
        return "code", 404

    @app.route("/bad")
    def bad() -> str:
        raise BadRequest

    client = app.test_client()
    assert client.get("/nowhere").text == "code"
    assert client.get("/bad").text == "class"


def test_handler_for_an_exception_gets_its_subclasses() -> None:
    app = App(__name__)

    @app.errorhandler(LookupError)
    def handle(error: LookupError) -> str:
        return type(error).__name__

    @app.route("/")
    def index() -> str:
        empty: dict[str, str] = {}
        return empty["missing"]

    assert app.test_client().get("/").text == "KeyError"


def test_error_that_nobody_handles_is_logged_and_answered_with_500(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = App(__name__)
    seen = []

    @app.errorhandler(500)
    def handle(error: InternalServerError) -> tuple[str, int]:
        return f"sorry for {error.original_exception!r}", 500

    @app.route("/bug")
    def bug() -> str:
        raise ValueError("oh")

    def note(sender: App, exception: Exception) -> None:
        seen.append(exception)

    with got_request_exception.connected_to(note, app), caplog.at_level(logging.ERROR):
        response = app.test_client().get("/bug")
    assert (response.text, response.status_code) == ("sorry for ValueError('oh')", 500)
    assert [record.getMessage() for record in caplog.records] == ["Exception on /bug [GET]"]
    assert [str(error) for error in seen] == ["oh"]
    # The traceback begins with the program's own code.
    assert "in bug" in caplog.text
    assert "cycle.py" not in caplog.text


@pytest.mark.parametrize("setting", ["TESTING", "DEBUG", "PROPAGATE_EXCEPTIONS"])
def test_error_is_propagated_where_the_settings_say_so(setting: str) -> None:
    app = App(__name__)
    app.config[setting] = True

    @app.route("/")
    def bug() -> str:
        raise ValueError("oh")

    with pytest.raises(ValueError, match="oh"):
        app.test_client().get("/")


@pytest.mark.parametrize(
    ("settings", "trapped"),
    [
        ({}, (False, False)),
        ({"TRAP_HTTP_EXCEPTIONS": True}, (True, True)),
        ({"TRAP_BAD_REQUEST_ERRORS": True}, (True, False)),
        ({"DEBUG": True}, (True, False)),
        ({"DEBUG": True, "TRAP_BAD_REQUEST_ERRORS": False}, (False, False)),
    ],
)
def test_http_exceptions_are_trapped_as_the_settings_say(
    settings: dict[str, Any], trapped: tuple[bool, bool]
) -> None:
    app = App(__name__)
    app.config.update(settings)
    errors = (BadRequestKeyError("key"), NotFound())
    assert tuple(app.trap_http_exception(error) for error in errors) == trapped


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (999, ValueError, "'999' is not a recognized HTTP error code"),
        (int, ValueError, "'int' is not a subclass of Exception"),
        (NotFound(), TypeError, "is an instance, not a class"),
    ],
)
def test_wrong_error_handlers_are_refused(wrong: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        App(__name__).register_error_handler(wrong, lambda error: "")


def test_url_for_builds_within_and_outside_of_requests() -> None:
    app = App(__name__)
    app.add_url_rule("/user/<name>", "user", lambda name: name)
    with app.test_request_context("/"):
        assert app.url_for("user", name="a b") == "/user/a%20b"
        assert app.url_for("user", name="x", q=1, _anchor="top é") == "/user/x?q=1#top%20%C3%A9"
        assert app.url_for("user", name="x", _external=True) == "http://localhost/user/x"
        assert app.url_for("user", name="x", _scheme="https") == "https://localhost/user/x"
        with pytest.raises(ValueError, match="_external"):
            app.url_for("user", name="x", _scheme="https", _external=False)
        with pytest.raises(BuildError):
            app.url_for("nowhere")
    with app.app_context(), pytest.raises(RuntimeError, match="SERVER_NAME"):
        app.url_for("user", name="x")
    app.config["SERVER_NAME"] = "example.org"
    with app.app_context():
        assert app.url_for("user", name="x") == "http://example.org/user/x"
    assert app.url_for("user", name="x") == "http://example.org/user/x"


def test_url_build_errors_may_be_handled() -> None:
    app = App(__name__)
    app.url_build_error_handlers.append(lambda error, endpoint, values: f"/found/{endpoint}")
    with app.test_request_context():
        assert app.url_for("nowhere") == "/found/nowhere"


def test_url_defaults_complete_the_values() -> None:
    app = App(__name__)
    app.add_url_rule("/<language>/", "index", lambda language: language)
    app.url_defaults(lambda endpoint, values: values.setdefault("language", "en"))
    with app.test_request_context():
        assert app.url_for("index") == "/en/"
        assert app.url_for("index", language="de") == "/de/"


def test_subdomains_are_matched_where_the_app_says_so() -> None:
    app = App(__name__, subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    app.add_url_rule("/", "index", lambda: "index")
    app.add_url_rule("/", "api", lambda: "api", subdomain="v1")
    client = app.test_client()
    assert client.get("/", base_url="http://example.org").text == "index"
    assert client.get("/", base_url="http://v1.example.org").text == "api"
    with pytest.warns(UserWarning, match=r"'other.net' doesn't match"):
        assert client.get("/", base_url="http://other.net").status_code == 404


def test_hosts_are_matched_where_the_app_says_so() -> None:
    app = App(__name__, host_matching=True, static_host="static.example.org")
    app.add_url_rule("/", "a", lambda: "a", host="a.example.org")
    app.add_url_rule("/", "b", lambda: "b", host="b.example.org")
    client = app.test_client()
    assert client.get("/", base_url="http://a.example.org").text == "a"
    assert client.get("/", base_url="http://b.example.org").text == "b"
    assert client.get("/", base_url="http://c.example.org").status_code == 404


def test_options_are_answered_without_the_view() -> None:
    app = App(__name__)
    app.add_url_rule("/", "index", lambda: "x", methods=["GET", "POST"])
    app.add_url_rule("/own", "own", lambda: request.method, methods=["OPTIONS"])
    client = app.test_client()
    assert set(client.options("/").allow) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert client.options("/own").text == "OPTIONS"


def test_head_is_answered_as_get_without_the_content() -> None:
    app = App(__name__)
    app.add_url_rule("/", "index", lambda: "12345")
    response = app.test_client().head("/")
    assert (response.data, response.content_length) == (b"", 5)


def test_redirect_that_loses_a_form_is_explained_in_debug_mode() -> None:
    app = App(__name__)
    app.debug = True

    @app.before_request
    def pretend() -> None:
        # As a URL map with its own redirects would.
        error = request.routing_exception
        if error is not None:
            error.code = 301

    app.add_url_rule("/form/", "form", lambda: "x", methods=["POST"])
    with pytest.raises(AssertionError, match="canonical URL"):
        app.test_client().post("/form", data={"a": "1"})


def test_app_is_middleware_friendly() -> None:
    app = App(__name__)
    app.add_url_rule("/", "index", lambda: request.environ["added"])
    inner = app.wsgi_app

    def add(environ: Any, start_response: Any) -> Any:
        environ["added"] = "by middleware"
        return inner(environ, start_response)

    app.wsgi_app = add  # type: ignore[method-assign]
    assert app.test_client().get("/").text == "by middleware"


def test_pieces_of_the_cycle_can_be_called_from_outside() -> None:
    app = App(__name__)
    app.secret_key = "secret"
    seen: list[str] = []
    app.before_request(lambda: seen.append("before"))

    @app.after_request
    def after(response: Response) -> Response:
        seen.append("after")
        return response

    @app.route("/")
    def index() -> str:
        session["a"] = 1
        return "x"

    with app.test_request_context("/"):
        assert app.preprocess_request() is None
        result = app.dispatch_request()
        response = app.process_response(app.make_response(result))
        assert "Set-Cookie" in response.headers
        assert app.full_dispatch_request().get_data() == b"x"
        app.do_teardown_request()
        app.do_teardown_appcontext()
        assert isinstance(app.handle_user_exception(NotFound()), NotFound)
        assert isinstance(app.handle_http_exception(NotFound()), NotFound)
    assert seen == ["before", "after", "before", "after"]


def test_template_context_has_what_the_processors_offer() -> None:
    app = App(__name__)
    app.context_processor(lambda: {"a": 1, "b": 2})
    with app.test_request_context():
        context: dict[str, Any] = {"b": 3}
        app.update_template_context(context)
    assert (context["a"], context["b"]) == (1, 3)
    assert isinstance(context["request"], Request)


def test_shell_context_has_app_g_and_more() -> None:
    app = App(__name__)
    app.shell_context_processor(lambda: {"more": 1})
    names = app.make_shell_context()
    assert names["app"] is app
    assert names["g"] is g
    assert names["more"] == 1


def test_resources_are_opened_for_reading_only(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("é", "utf-8")
    app = App(__name__, root_path=str(tmp_path), instance_path=str(tmp_path))
    with app.open_resource("a.txt") as file:
        assert file.read() == "é".encode()
    with app.open_resource("a.txt", "r") as file:
        assert file.read() == "é"
    with pytest.raises(ValueError, match="'w'"):
        app.open_resource("a.txt", "w")
    with app.open_instance_resource("b.txt", "w") as file:
        file.write("ü")
    with app.open_instance_resource("b.txt") as file:
        assert file.read() == "ü".encode()


def test_run_calls_the_launcher_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def launch(app: App, *args: Any, **options: Any) -> None:
        calls.append((app, args, options))

    app = App(__name__)
    monkeypatch.setattr(App, "_launcher", staticmethod(launch))
    app.run("localhost", 5001, debug=True, workers=2)
    assert calls == [(app, ("localhost", 5001, True, True), {"workers": 2})]
    monkeypatch.undo()
    assert App._launcher is samovar._launch


def test_app_is_freed_without_the_collector() -> None:
    def use() -> Any:
        app = App(__name__)
        app.add_url_rule("/", "index", lambda: current_app.name)
        app.test_client().get("/")
        return weakref.ref(app)

    gc.collect()
    gc.disable()
    try:
        assert use()() is None
    finally:
        gc.enable()


def test_streamed_response_ends_its_request_when_it_is_read() -> None:
    app = App(__name__)
    seen = []
    app.teardown_request(lambda error: seen.append("ended"))

    @app.route("/")
    def index() -> Iterator[str]:
        def pieces() -> Iterator[str]:
            for piece in ("a", "b"):
                seen.append(piece)
                yield piece + request.path

        return samovar.stream_with_context(pieces())

    assert app.test_client().get("/").text == "a/b/"
    assert seen[-1] == "ended"

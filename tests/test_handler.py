"""The exchange door answers as the WSGI door does, and does little for it."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import weakref
from contextvars import ContextVar
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from werkzeug.exceptions import BadRequest
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from samovar import (
    App,
    Blueprint,
    Response,
    after_this_request,
    current_app,
    g,
    has_app_context,
    has_request_context,
    jsonify,
    request,
    request_started,
    send_file,
    session,
)
from samovar.context import app_ctx, request_ctx
from samovar.exchange import FileSegment
from samovar.handler import AppHandler
from samovar.sessions import SecureCookieSession
from tests.support.doors import HOST, answer, body_of, make_app
from tests.support.exchanges import MadeExchange


def add_hooks(app: App) -> None:
    app.before_request(lambda: None)
    app.teardown_request(lambda error: None)


def add_async_hook(app: App) -> None:
    @app.before_request
    async def wait() -> None:
        await asyncio.sleep(0)

    @app.teardown_request
    async def wait_again(error: BaseException | None) -> None:
        await asyncio.sleep(0)


def python_calls(app: App, target: bytes) -> list[str]:
    """Return the names of the Python functions that one warm request calls."""
    handler = AppHandler(app)
    exchange = MadeExchange(target, [HOST, (b"user-agent", b"test"), (b"accept", b"*/*")])
    for _ in range(3):
        handler.handle(exchange)
    calls: list[str] = []

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            calls.append(frame.f_code.co_name)

    sys.setprofile(profile)
    try:
        handler.handle(exchange)
    finally:
        sys.setprofile(None)
    return calls


def test_hello_makes_few_python_calls() -> None:
    calls = python_calls(make_app(), b"/")
    assert len(calls) <= 6, calls


def test_json_for_a_variable_route_makes_few_python_calls() -> None:
    app = App(__name__)

    @app.route("/user/<int:id>")
    def user(id: int) -> dict[str, int]:
        return {"id": id}

    calls = python_calls(app, b"/user/7")
    assert len(calls) <= 15, calls


@pytest.mark.parametrize(
    ("register", "most"),
    [("before_request", 45), ("teardown_request", 45), ("after_request", 65)],
)
def test_hooks_make_few_python_calls_more(register: str, most: int) -> None:
    app = make_app()
    getattr(app, register)(lambda *args: args[0] if args else None)
    calls = python_calls(app, b"/")
    assert len(calls) <= most, calls
    assert "_make_request" not in calls


def test_short_way_leaves_nothing_current() -> None:
    app = make_app()
    answer(app)
    answer(app)
    assert not has_request_context()
    assert not has_app_context()


def test_late_reply_leaves_nothing_current() -> None:
    app = make_app()
    add_async_hook(app)
    answer(app)
    assert not has_request_context()


def test_contexts_of_the_server_thread_are_not_shared_with_requests() -> None:
    app = App(__name__)

    @app.route("/")
    def index() -> str:
        g.count = g.get("count", 0) + 1
        return str(g.count)

    with app.app_context():
        assert [answer(app).body for _ in range(3)] == [b"1", b"1", b"1"]
        assert "count" not in g


def test_routes_added_and_replaced_are_noticed() -> None:
    app = App(__name__)
    app.add_url_rule("/", "index", lambda: "old")
    assert answer(app).body == b"old"
    assert answer(app).body == b"old"
    app.view_functions["index"] = lambda: "new"
    assert answer(app).body == b"new"
    app.url_map.add(app.url_rule_class("/more", endpoint="index"))
    assert answer(app, "/more").body == b"new"
    app.url_map = app.url_map_class([app.url_rule_class("/only", endpoint="index")])
    assert answer(app, "/only").body == b"new"
    assert answer(app).status == 404


@pytest.mark.parametrize(
    "registry",
    ["before_request_funcs", "after_request_funcs", "teardown_request_funcs"],
)
def test_hooks_put_into_a_registry_later_are_called(registry: str) -> None:
    app = make_app()
    answer(app)
    answer(app)
    seen: list[str] = []

    def hook(value: Any = None) -> Any:
        seen.append(registry)
        return value if registry == "after_request_funcs" else None

    getattr(app, registry).setdefault(None, []).append(hook)
    assert answer(app).status == 200
    assert seen == [registry]


def test_methods_replaced_later_are_called() -> None:
    app = make_app()
    answer(app)
    answer(app)
    app.full_dispatch_request = lambda: Response("mine")  # type: ignore[method-assign]
    assert body_of(answer(app)) == b"mine"
    del app.full_dispatch_request
    assert body_of(answer(app)) == b"Hello"


def test_methods_of_a_subclass_are_called() -> None:
    class Loud(App):
        def make_response(self, rv: Any) -> Response:
            return super().make_response(rv.upper())

    app = Loud(__name__)
    app.add_url_rule("/", "index", lambda: "hello")
    for _ in range(2):
        assert body_of(answer(app)) == b"HELLO"


def test_response_class_of_the_program_is_used() -> None:
    class Plain(Response):
        default_mimetype = "text/plain"

    app = make_app()
    app.response_class = Plain
    for _ in range(2):
        reply = answer(app)
        assert dict(reply.fields)["Content-Type"] == "text/plain; charset=utf-8"


def test_signals_are_sent_where_somebody_listens() -> None:
    app = make_app()
    answer(app)
    answer(app)
    seen = []

    def note(sender: App) -> None:
        seen.append(request.path)

    with request_started.connected_to(note, app):
        answer(app)
    answer(app)
    assert seen == ["/"]


def test_function_for_this_request_sees_the_response() -> None:
    app = App(__name__)

    @app.route("/")
    def index() -> str:
        @after_this_request
        def mark(response: Response) -> Response:
            response.headers["X-Marked"] = "yes"
            return response

        return "x"

    for _ in range(2):
        assert dict(answer(app).fields)["X-Marked"] == "yes"


def test_session_is_saved_and_comes_back() -> None:
    app = App(__name__)
    app.secret_key = "secret"

    @app.route("/")
    def index() -> str:
        session["n"] = session.get("n", 0) + 1
        return str(session["n"])

    @app.route("/other")
    def other() -> str:
        return "other"

    answer(app)
    cookie = dict(answer(app).fields)["Set-Cookie"].partition(";")[0].encode()
    assert body_of(answer(app, fields=[(b"cookie", cookie)])) == b"2"
    assert "Set-Cookie" not in dict(answer(app, "/other", fields=[(b"cookie", cookie)]).fields)


def test_permanent_session_is_renewed_where_no_view_looks_at_it() -> None:
    app = App(__name__)
    app.secret_key = "secret"

    @app.route("/login")
    def login() -> str:
        session.permanent = True
        return "in"

    @app.route("/")
    def index() -> str:
        return "x"

    cookie = dict(answer(app, "/login").fields)["Set-Cookie"].partition(";")[0].encode()
    for _ in range(2):
        fields = dict(answer(app, fields=[(b"cookie", cookie)]).fields)
        assert "Set-Cookie" in fields


def test_session_that_a_view_puts_into_the_context_is_saved() -> None:
    app = App(__name__)
    app.secret_key = "secret"

    @app.route("/")
    def index() -> str:
        mine = SecureCookieSession()
        mine["a"] = 1
        request_ctx.session = mine
        return "x"

    for _ in range(2):
        assert "Set-Cookie" in dict(answer(app).fields)


def test_methods_replaced_on_the_class_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    wsgi_app = make_app()
    monkeypatch.setattr(App, "full_dispatch_request", lambda self: Response("traced"))
    for _ in range(2):
        assert body_of(answer(app)) == b"traced"
        assert wsgi_app.test_client().get("/").text == "traced"


def test_trusted_hosts_are_enforced() -> None:
    app = make_app()
    answer(app)
    answer(app)
    app.config["TRUSTED_HOSTS"] = ["other.org"]
    assert answer(app).status == 400


def test_header_that_is_missing_is_the_programs_error() -> None:
    app = App(__name__)
    app.logger.disabled = True
    app.add_url_rule("/", "index", lambda: request.headers["X-Missing"])
    assert answer(app).status == 500


@pytest.mark.parametrize("method", ["OPTIONS", "GET"])
def test_asterisk_is_not_the_front_page(method: str) -> None:
    assert answer(make_app(), "*", method).status == 404


def test_errors_propagate_in_testing() -> None:
    app = make_app()
    app.testing = True
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            answer(app, "/bug")
        with pytest.raises(ZeroDivisionError):
            answer(app, "/async-bug")
    assert not has_request_context()


def test_teardown_functions_get_the_error_that_nobody_handled() -> None:
    app = make_app()
    app.logger.disabled = True
    seen: list[BaseException | None] = []
    app.teardown_request(seen.append)
    app.teardown_appcontext(seen.append)
    answer(app, "/bug")
    answer(app, "/abort")
    assert [type(error) for error in seen] == [ZeroDivisionError] * 2 + [type(None)] * 2


def test_app_teardown_runs_with_g_and_without_the_request() -> None:
    app = App(__name__)
    seen = []

    @app.route("/")
    def index() -> str:
        g.value = 7
        return "x"

    @app.teardown_appcontext
    def close(error: BaseException | None) -> None:
        seen.append((g.get("value"), has_request_context()))

    answer(app)
    answer(app)
    assert seen == [(7, False)] * 2


def test_uploaded_files_are_closed_after_the_request() -> None:
    app = App(__name__)
    files = []

    @app.route("/", methods=["POST"])
    def upload() -> str:
        files.append(request.files["f"].stream)
        return str(request.files["f"].read().decode())

    body = b'--x\r\nContent-Disposition: form-data; name="f"; filename="n"\r\n\r\nhi\r\n--x--\r\n'
    for _ in range(2):
        reply = answer(
            app,
            method="POST",
            fields=[(b"content-type", b"multipart/form-data; boundary=x")],
            body=body,
            length=len(body),
        )
        assert reply.body == b"hi"
    assert [file.closed for file in files] == [True, True]


def test_file_is_sent_as_a_segment(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"0123456789")
    app = App(__name__)
    app.add_url_rule("/", "index", lambda: send_file(path))
    reply = answer(app)
    assert isinstance(reply.body, FileSegment)
    assert body_of(reply) == b"0123456789"
    assert reply.body.file.closed


def test_response_is_closed_when_the_reply_is_sent() -> None:
    app = App(__name__)
    closed = []

    @app.route("/")
    def index() -> Response:
        response = jsonify(1)
        response.call_on_close(lambda: closed.append(True))
        return response

    reply = answer(app)
    assert closed == []
    body_of(reply)
    assert closed == [True]


def test_wsgi_application_as_a_view_result_is_called() -> None:
    def application(environ: Any, start_response: Any) -> list[bytes]:
        start_response("202 ACCEPTED", [("X-Raw", "1")])
        return [b"raw"]

    app = App(__name__)
    app.add_url_rule("/", "index", lambda: application)
    reply = answer(app)
    assert (reply.status, body_of(reply)) == (202, b"raw")


def test_converter_of_a_program_sees_the_request() -> None:
    class Checking(BaseConverter):
        def to_python(self, value: str) -> str:
            return f"{value} at {request.host} in {current_app.name}"

    app = App("checked")
    app.url_map.converters["checking"] = Checking
    app.add_url_rule("/<checking:value>", "index", lambda value: value)
    for _ in range(2):
        assert body_of(answer(app, "/x")) == b"x at example.org in checked"


def test_pushing_the_context_again_in_a_view_ends_it_once() -> None:
    app = App(__name__)
    ended = []

    @app.route("/")
    def index() -> str:
        with app_ctx, request_ctx:
            pass
        return request.path

    assert body_of(answer(app)) == b"/"
    assert body_of(answer(app)) == b"/"
    app.teardown_request_funcs[None].append(lambda error: ended.append("request"))
    app.teardown_appcontext_funcs.append(lambda error: ended.append("app"))
    assert body_of(answer(app)) == b"/"
    assert ended == ["request", "app"]


def test_blueprint_hooks_are_called_for_its_views_only() -> None:
    app = App(__name__)
    blueprint = Blueprint("bp", __name__, url_prefix="/bp")
    seen = []
    blueprint.before_request(lambda: seen.append(request.endpoint))
    blueprint.add_url_rule("/", "index", lambda: "in")
    app.register_blueprint(blueprint)
    app.add_url_rule("/", "index", lambda: "out")
    assert [body_of(answer(app, target)) for target in ("/", "/bp/")] == [b"out", b"in"]
    assert seen == ["bp.index"]


def test_hooks_of_nested_blueprints_are_called_from_the_app_inwards_and_back() -> None:
    app = App(__name__)
    outer, inner = Blueprint("outer", __name__), Blueprint("inner", __name__)
    seen: list[str] = []
    for name, place in (("app", app), ("outer", outer), ("inner", inner)):

        def before(name: str = name) -> None:
            seen.append(f"before {name}")

        def after(response: Response, name: str = name) -> Response:
            seen.append(f"after {name}")
            return response

        place.before_request(before)
        place.after_request(after)
    inner.add_url_rule("/", "index", lambda: "index")
    outer.register_blueprint(inner)
    app.register_blueprint(outer)
    for _ in range(2):
        seen.clear()
        answer(app)
        assert seen == [
            *("before app", "before outer", "before inner"),
            *("after inner", "after outer", "after app"),
        ]


def test_hook_may_change_what_the_request_matched() -> None:
    app = App(__name__)

    @app.url_value_preprocessor
    def take_language(endpoint: str | None, values: dict[str, Any] | None) -> None:
        assert values is not None
        g.language = values.pop("language")

    @app.before_request
    def go_elsewhere() -> None:
        if g.language == "xx":
            request.url_rule = next(app.url_map.iter_rules("unknown"))

    app.add_url_rule("/<language>/", "index", lambda: f"in {g.language}")
    app.add_url_rule("/<language>/unknown", "unknown", lambda: "unknown language")
    for _ in range(2):
        assert answer(app, "/en/").body == b"in en"
        assert answer(app, "/xx/").body == b"unknown language"


def test_trusted_hosts_are_enforced_beside_hooks() -> None:
    app = make_app()
    app.before_request(lambda: None)
    answer(app)
    answer(app)
    app.config["TRUSTED_HOSTS"] = ["other.org"]
    assert answer(app).status == 400


def test_slow_view_is_known_to_block_the_next_time() -> None:
    app = App(__name__)
    pause = threading.Event()
    app.add_url_rule("/", "index", lambda: str(pause.wait(0.02)))
    app.add_url_rule("/fast", "fast", lambda: "x")
    handler = AppHandler(app)
    for _ in range(3):
        handler.handle(MadeExchange(b"/", [HOST]))
    slow, fast = MadeExchange(b"/", [HOST]), MadeExchange(b"/fast", [HOST])
    handler.handle(slow)
    handler.handle(fast)
    assert (slow.blocked, fast.blocked) == (1, 0)


@pytest.mark.parametrize("way", ["short", "hooks", "middleware"])
@pytest.mark.parametrize("target", [b"/", b"/user/7"])
def test_view_that_was_caught_blocking_is_known_to_block(way: str, target: bytes) -> None:
    app = make_app()
    if way == "hooks":
        add_hooks(app)
    elif way == "middleware":
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    handler = AppHandler(app)
    handler.handle(MadeExchange(target, [HOST]))
    handler.caught_blocking(MadeExchange(target, [HOST]))
    exchange = MadeExchange(target, [HOST])
    handler.handle(exchange)
    assert exchange.blocked == 1


def test_body_policy_says_the_apps_limit() -> None:
    app = make_app()
    handler = AppHandler(app)
    exchange = MadeExchange(b"/post", method="POST", length=None)
    assert handler.body_policy(exchange).limit is None
    app.config["MAX_CONTENT_LENGTH"] = 10
    assert handler.body_policy(exchange).limit == 10


def test_view_may_take_a_longer_body_than_the_app_does() -> None:
    app = App(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 10

    @app.route("/small", methods=["POST"])
    def small() -> str:
        return str(len(request.get_data()))

    @app.route("/large", methods=["POST"])
    def large() -> str:
        request.max_content_length = 1000
        return str(len(request.get_data()))

    body = b"x" * 100
    options: dict[str, Any] = {"method": "POST", "body": body, "length": len(body)}
    policy = AppHandler(app).body_policy(MadeExchange(b"/large", **options))
    assert policy.stream
    assert answer(app, "/small", **options).status == 413
    assert answer(app, "/large", **options).body == b"100"


def test_error_handler_is_asked_for_what_a_view_raises() -> None:
    app = App(__name__)

    @app.route("/")
    def index() -> Any:
        return request.args["missing"]

    @app.errorhandler(BadRequest)
    def handle(error: BadRequest) -> tuple[str, int]:
        return f"handled {request.path}", 400

    for _ in range(2):
        reply = answer(app)
        assert (reply.status, body_of(reply)) == (400, b"handled /")


def test_context_variables_follow_a_request_that_waits() -> None:
    variable: ContextVar[str] = ContextVar("variable", default="unset")
    app = App(__name__)

    @app.before_request
    def set_it() -> None:
        variable.set("set before")

    @app.route("/")
    async def index() -> str:
        await asyncio.sleep(0)
        return variable.get()

    assert body_of(answer(app)) == b"set before"


@pytest.mark.parametrize("target", ["/", "/late"])
def test_stopping_in_a_view_leaves_nothing_current(target: str) -> None:
    app = App(__name__)

    @app.route("/")
    def stop() -> str:
        raise SystemExit(3)

    @app.route("/late")
    async def stop_later() -> str:
        await asyncio.sleep(0)
        raise asyncio.CancelledError

    for _ in range(2):
        with pytest.raises((SystemExit, asyncio.CancelledError)):
            answer(app, target)
        assert not has_request_context()


def test_app_is_freed_without_the_collector_after_requests() -> None:
    def use() -> weakref.ref[App]:
        app = App(__name__)
        app.add_url_rule("/", "index", lambda: request.path)
        for _ in range(3):
            answer(app)
        return weakref.ref(app)

    gc.collect()
    gc.disable()
    try:
        assert use()() is None
    finally:
        gc.enable()

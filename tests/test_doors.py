"""Both doors of an app, the exchange and WSGI, answer alike."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from werkzeug.test import run_wsgi_app

from samovar import App, Response
from tests.support.doors import HOST, answer, body_of, make_app
from tests.support.exchanges import MadeExchange

TARGETS = [
    "/",
    "/?x=1",
    "/bytes",
    "/dict",
    "/list",
    "/user/7",
    "/user/7?q=%C3%A9",
    "/user/x",
    "/page/",
    "/page",
    "/page/1",
    "/page/2",
    "/status",
    "/teapot",
    "/empty",
    "/redirect",
    "/abort",
    "/stream?x=b",
    "/post",
    "/args",
    "/none",
    "/surrogate",
    "/unserializable",
    "/bug",
    "/async",
    "/async-bug",
    "/nowhere",
    "//",
    "*",
    "/caf%C3%A9",
]


def add_hooks(app: App) -> None:
    app.before_request(lambda: None)
    app.teardown_request(lambda error: None)


def add_after_hook(app: App) -> None:
    @app.after_request
    def note(response: Response) -> Response:
        response.headers["X-After"] = "yes"
        return response


def add_async_hook(app: App) -> None:
    @app.before_request
    async def wait() -> None:
        await asyncio.sleep(0)

    @app.teardown_request
    async def wait_again(error: BaseException | None) -> None:
        await asyncio.sleep(0)


def replace_a_method(app: App) -> None:
    original = app.dispatch_request
    app.dispatch_request = lambda: original()  # type: ignore[method-assign]


def wrap_in_middleware(app: App) -> None:
    original = app.wsgi_app

    def middleware(environ: Any, start_response: Any) -> Any:
        environ["seen"] = True
        return original(environ, start_response)

    app.wsgi_app = middleware  # type: ignore[method-assign]


def use_sessions(app: App) -> None:
    app.secret_key = "secret"


VARIANTS = [
    lambda app: None,
    add_hooks,
    add_after_hook,
    add_async_hook,
    replace_a_method,
    wrap_in_middleware,
    use_sessions,
]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
@pytest.mark.parametrize(
    "prepare",
    VARIANTS,
    ids=["plain", "hooks", "after", "async hooks", "replaced", "middleware", "sessions"],
)
def test_both_doors_answer_alike(prepare: Any, method: str) -> None:
    app = make_app()
    prepare(app)
    app.logger.disabled = True
    for target in TARGETS * 2:  # the second time takes the short way
        reply = answer(app, target, method)
        content = body_of(reply)
        environ = MadeExchange(target.encode(), [HOST], method=method).environ()
        pieces, status, headers = run_wsgi_app(app, environ, buffered=True)
        assert reply.status == int(status.partition(" ")[0]), target
        if method != "HEAD" and reply.status != 204:
            assert content == b"".join(pieces), target
        fields = sorted(field for field in reply.fields if field[0] != "Content-Length")
        same = sorted(field for field in headers if field[0] != "Content-Length")
        assert fields == same, target
        if reply.reason is not None:
            assert f"{reply.status} {reply.reason}" == status

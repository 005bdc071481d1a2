"""An app with views of all kinds, and the exchange door to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from samovar import App, abort, redirect, request, stream_with_context, url_for
from samovar.exchange import FileSegment, Reply
from samovar.handler import AppHandler
from tests.support.exchanges import MadeExchange

HOST = (b"host", b"example.org")


def answer(app: App, target: str = "/", method: str = "GET", **options: Any) -> Reply:
    """Send a request through the door, and wait for the reply where it comes later."""
    fields = [HOST, *options.pop("fields", [])]
    reply = AppHandler(app).handle(MadeExchange(target.encode(), fields, method=method, **options))
    if isinstance(reply, Reply):
        return reply

    async def wait() -> Reply:
        return await reply

    return asyncio.run(wait())


def body_of(reply: Reply) -> bytes:
    """Read a reply's body as a server would, and close it."""
    body = reply.body
    if isinstance(body, FileSegment):
        body.file.seek(body.offset)
        content = body.file.read(body.length)
        body.file.close()
    elif isinstance(body, bytes):
        content = body
    else:
        assert not hasattr(body, "__aiter__")
        content = b"".join(body)
        close = getattr(body, "close", None)
        if close is not None:
            close()
    if reply.on_close is not None:
        reply.on_close()
    return content


def make_app() -> App:
    """Return an app with views of all kinds."""
    app = App(__name__)
    add_plain_views(app)
    add_responding_views(app)
    add_failing_and_async_views(app)
    return app


def add_plain_views(app: App) -> None:
    """Add views that return text and data."""

    @app.route("/")
    def text() -> str:
        return "Hello"

    @app.route("/bytes")
    def binary() -> bytes:
        return b"\x00\x01"

    @app.route("/dict")
    def mapping() -> dict[str, int]:
        return {"b": 1, "a": 2}

    @app.route("/list")
    def sequence() -> list[int]:
        return [1, 2]

    @app.route("/user/<int:id>")
    def user(id: int) -> dict[str, Any]:
        return {"id": id, "q": request.args.get("q"), "endpoint": request.endpoint}

    @app.route("/page/", defaults={"number": 1})
    @app.route("/page/<int:number>")
    def page(number: int) -> str:
        return f"page {number}"


def add_responding_views(app: App) -> None:
    """Add views whose result needs a response."""

    @app.route("/status")
    def status() -> tuple[str, int, dict[str, str]]:
        return "made", 201, {"X-Made": "yes"}

    @app.route("/teapot")
    def teapot() -> Any:
        return "short", "418 Short And Stout"

    @app.route("/empty")
    def empty() -> tuple[str, int]:
        return "", 204

    @app.route("/redirect")
    def elsewhere() -> Any:
        return redirect(url_for("user", id=3))

    @app.route("/abort")
    def aborted() -> str:
        abort(403)

    @app.route("/stream")
    def stream() -> Iterator[str]:
        def pieces() -> Iterator[str]:
            yield "a"
            yield request.args["x"]

        return stream_with_context(pieces())

    @app.route("/post", methods=["POST"])
    def post() -> dict[str, Any]:
        return {"form": request.form.to_dict(), "data": request.get_data(as_text=True)}


def add_failing_and_async_views(app: App) -> None:
    """Add views that look at the request, that fail, and that wait."""

    @app.route("/args")
    def view_args() -> dict[str, Any]:
        assert request.url_rule is not None
        return {"view_args": request.view_args, "rule": request.url_rule.rule}

    @app.route("/none")
    def nothing() -> Any:
        return None

    @app.route("/surrogate")
    def surrogate() -> str:
        return "\ud800"

    @app.route("/unserializable")
    def unserializable() -> dict[str, Any]:
        return {"x": object()}

    @app.route("/bug")
    def bug() -> str:
        raise ZeroDivisionError

    @app.route("/async")
    async def asynchronous() -> str:
        await asyncio.sleep(0)
        return f"async {request.path}"

    @app.route("/async-bug")
    async def asynchronous_bug() -> str:
        await asyncio.sleep(0)
        raise ZeroDivisionError

    @app.errorhandler(403)
    def forbidden(error: Exception) -> tuple[str, int]:
        return "go away", 403

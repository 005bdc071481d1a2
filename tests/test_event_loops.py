"""Plain functions of a program stay off the event loop, over the real server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

from samovar import App, Response, abort, g, request, session
from samovar.awaiting import OFF_LOOP, Steps, await_steps, run_steps, where
from samovar.event_loops import PLAIN_THREADS
from tests.support.serving import PATIENCE, running

SLOW = b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
FAST = SLOW.replace(b"/slow", b"/fast")

Block = Callable[[], None]


def block_in_view(app: App, block: Block) -> None:
    @app.before_request
    async def wait() -> None:
        await asyncio.sleep(0)

    @app.route("/slow")
    def slow() -> str:
        block()
        return "slow"


def block_in_next_hook(app: App, block: Block) -> None:
    @app.before_request
    async def wait() -> None:
        await asyncio.sleep(0)

    @app.before_request
    def hook() -> None:
        if request.path == "/slow":
            block()

    app.add_url_rule("/slow", view_func=lambda: "slow", endpoint="slow")


def block_in_error_handler(app: App, block: Block) -> None:
    @app.route("/slow")
    async def fail() -> str:
        await asyncio.sleep(0)
        abort(418)

    @app.errorhandler(418)
    def handle(error: Exception) -> str:
        block()
        return "slow"


def block_after_async_view(app: App, block: Block) -> None:
    @app.after_request
    def hook(response: Response) -> Response:
        if request.path == "/slow":
            block()
        return response

    add_async_view(app)


def block_in_teardown(app: App, block: Block) -> None:
    @app.teardown_request
    def hook(error: BaseException | None) -> None:
        if request.path == "/slow":
            block()

    add_async_view(app)


def block_in_replaced_method(app: App, block: Block) -> None:
    def handle(e: Exception) -> Response:
        block()
        return Response("slow")

    app.handle_exception = handle  # type: ignore[method-assign] # as programs do

    @app.route("/slow")
    async def fail() -> str:
        await asyncio.sleep(0)
        raise ZeroDivisionError


def add_async_view(app: App) -> None:
    @app.route("/slow")
    async def slow() -> str:
        await asyncio.sleep(0)
        return "slow"


@pytest.mark.parametrize(
    "add_slow",
    [
        block_in_view,
        block_in_next_hook,
        block_in_error_handler,
        block_after_async_view,
        block_in_teardown,
        block_in_replaced_method,
    ],
)
def test_plain_function_holds_no_coroutine_up(add_slow: Callable[[App, Block], None]) -> None:
    app = App(__name__)
    entered, released = threading.Event(), threading.Event()

    def block() -> None:
        entered.set()
        assert released.wait(PATIENCE)

    add_slow(app, block)

    @app.route("/fast")
    async def fast() -> str:
        await asyncio.sleep(0)
        return "fast"

    with running(app) as server, server.connect() as slow:
        slow.sendall(SLOW)
        try:
            assert entered.wait(PATIENCE)
            assert server.send(FAST).endswith(b"fast")
        finally:
            released.set()
        assert b"slow" in slow.recv(65536)


def test_plain_views_after_an_await_run_side_by_side() -> None:
    app = App(__name__)
    together = threading.Barrier(4)

    @app.before_request
    async def wait() -> None:
        await asyncio.sleep(0)

    @app.route("/slow")
    def meet() -> str:
        together.wait(PATIENCE)
        return "met"

    assert together.parties <= PLAIN_THREADS
    with running(app) as server:
        clients = [server.connect() for _ in range(together.parties)]
        for client in clients:
            client.sendall(SLOW)
        for client in clients:
            with client:
                assert client.recv(65536).endswith(b"met")


def test_contexts_and_variables_are_shared_with_the_thread() -> None:
    variable: ContextVar[str] = ContextVar("variable")
    app = App(__name__)
    app.secret_key = "secret"
    threads = set()

    @app.before_request
    async def before() -> None:
        await asyncio.sleep(0)
        threads.add(threading.get_ident())
        variable.set("loop")
        g.seen = ["before"]

    @app.route("/slow")
    def view() -> str:
        threads.add(threading.get_ident())
        session["user"] = request.path
        g.seen.append(variable.get())
        variable.set("thread")
        return "view"

    @app.after_request
    async def after(response: Response) -> Response:
        await asyncio.sleep(0)
        threads.add(threading.get_ident())
        g.seen.append(variable.get())
        response.headers["X-Seen"] = ",".join([*g.seen, session["user"]])
        return response

    with running(app) as server:
        assert b"X-Seen: before,loop,thread,/slow" in server.send(SLOW)
    assert len(threads) == 2


def test_async_functions_alone_stay_on_the_loop() -> None:
    app = App(__name__)
    threads: list[str] = []

    @app.before_request
    async def before() -> None:
        threads.append(threading.current_thread().name)
        await asyncio.sleep(0)

    @app.route("/slow")
    async def view() -> Response:
        threads.append(threading.current_thread().name)
        return Response("view")

    with running(app) as server:
        assert server.send(SLOW).endswith(b"view")
    assert threads == ["samovar-asyncio"] * 2


def places(seen: list[Any]) -> Steps[str]:
    """Note where it runs: before an await, after it, and off the loop."""
    yield asyncio.sleep(0)
    seen.append(where.on_loop)
    yield OFF_LOOP
    seen.append(where.on_loop)
    try:
        yield asyncio.sleep(0, "result")
        seen.append(where.on_loop)
        yield OFF_LOOP
        raise ValueError("in the thread")
    finally:
        seen.append(threading.current_thread() is threading.main_thread())


def test_error_in_the_thread_comes_out_of_the_coroutine() -> None:
    seen: list[Any] = []
    with pytest.raises(ValueError, match="in the thread"):
        asyncio.run(await_steps(places(seen)))
    assert seen == [True, False, True, False]


def test_plain_driver_stays_in_its_thread() -> None:
    seen: list[Any] = []
    with pytest.raises(ValueError, match="in the thread"):
        run_steps(places(seen))
    assert seen == [False, False, False, True]


def test_cancelled_computation_is_closed_after_its_thread_is_done() -> None:
    entered, released = threading.Event(), threading.Event()
    ends: list[str] = []

    def steps() -> Steps[None]:
        try:
            yield OFF_LOOP
            entered.set()
            assert released.wait(PATIENCE)
            ends.append("thread")
            yield OFF_LOOP
        finally:
            ends.append("closed")

    async def cancel() -> None:
        task = asyncio.create_task(await_steps(steps()))
        await asyncio.to_thread(entered.wait, PATIENCE)
        task.cancel()
        await asyncio.sleep(0)
        released.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert ends == ["thread", "closed"]

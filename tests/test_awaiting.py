"""Awaitables in plain code, and steps in either."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

import pytest

from samovar.awaiting import Steps, await_steps, plain, run_steps, wait_for

variable: ContextVar[str] = ContextVar("variable", default="unset")


async def double(value: int) -> int:
    await asyncio.sleep(0)
    return value * 2


async def fail() -> int:
    await asyncio.sleep(0)
    raise ValueError("failed")


def steps(seen: list[object]) -> Steps[int]:
    """Wait twice, once for an error."""
    first = yield double(2)
    try:
        yield fail()
    except ValueError as error:
        seen.append(str(error))
    return int(first) + 1


def test_steps_run_in_plain_code() -> None:
    seen: list[object] = []
    assert run_steps(steps(seen)) == 5
    assert seen == ["failed"]


def test_steps_run_in_a_coroutine() -> None:
    async def run() -> int:
        running = steps(seen)
        return await await_steps(running, next(running))

    seen: list[object] = []
    assert asyncio.run(run()) == 5
    assert seen == ["failed"]


def test_steps_that_wait_for_nothing_touch_no_event_loop() -> None:
    def quiet() -> Steps[str]:
        return "done"
        yield  # makes it a generator

    assert run_steps(quiet()) == "done"


def test_error_of_an_awaitable_comes_out() -> None:
    with pytest.raises(ValueError, match="failed"):
        wait_for(fail())


def test_waiting_in_a_running_event_loop() -> None:
    async def outer() -> int:
        return wait_for(double(4))

    assert asyncio.run(outer()) == 8


def test_context_variables_go_in_and_come_out() -> None:
    async def exchange() -> str:
        before = variable.get()
        await asyncio.sleep(0)
        variable.set("inside")
        return before

    token = variable.set("outside")
    try:
        assert wait_for(exchange()) == "outside"
        assert variable.get() == "inside"
    finally:
        variable.reset(token)


def test_each_thread_waits_on_a_loop_of_its_own() -> None:
    async def running_loop() -> int:
        return id(asyncio.get_running_loop())

    loops = [wait_for(running_loop()), wait_for(running_loop())]
    thread = threading.Thread(target=lambda: loops.append(wait_for(running_loop())))
    thread.start()
    thread.join()
    assert loops[0] == loops[1] != loops[2]


def test_plain_function_takes_the_arguments_of_the_async_one() -> None:
    sync = plain(double)
    assert sync(3) == 6
    assert sync.__name__ == "double"

"""Awaitables in plain code: one cycle for ``def`` and ``async def``.

What may meet an ``async def`` function is written as a generator that yields awaitables and gets
their results sent back (:data:`Steps`). :func:`run_steps` runs such a generator in plain code and
:func:`await_steps` in a coroutine; while nothing is yielded, no event loop is ever touched.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from functools import update_wrapper
from typing import Any, TypeVar

T = TypeVar("T")

Steps = Generator[Awaitable[Any], Any, T]
"""A computation that yields what it wants awaited, gets the result sent back, and returns T."""


def run_steps(steps: Steps[T]) -> T:
    """Run to the end in plain code; awaitables run on a private event loop of this thread.

    Blocks. May be called while an event loop runs in this thread, which then waits.

    Returns:
        What the computation returns.
    """
    try:
        awaitable = next(steps)
        while True:
            try:
                result = wait_for(awaitable)
            except BaseException as error:
                awaitable = steps.throw(error)
            else:
                awaitable = steps.send(result)
    except StopIteration as stop:
        value: T = stop.value
        return value


async def await_steps(steps: Steps[T], awaitable: Awaitable[Any]) -> T:
    """Carry on in a coroutine what was begun in plain code.

    Args:
        steps: The computation.
        awaitable: What it yielded last.

    Returns:
        What the computation returns.
    """
    try:
        while True:
            try:
                result = await awaitable
            except BaseException as error:
                awaitable = steps.throw(error)
            else:
                awaitable = steps.send(result)
    except StopIteration as stop:
        value: T = stop.value
        return value


def adopt(context: Context) -> None:
    """Give the context variables of the running code the values they have in ``context``."""
    for variable, value in context.items():
        if variable.get(_MISSING) is not value:
            variable.set(value)


def wait_for(awaitable: Awaitable[T]) -> T:
    """Run an awaitable to its end on a private event loop and return its result. Blocks.

    It sees the context variables of the caller, and the caller sees what it set.
    """
    context = copy_context()
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        try:
            return _run(_loop_of_this_thread(), awaitable, context)
        finally:
            adopt(context)
    # A loop runs in this thread and cannot be entered twice: the awaitable gets another thread.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="samovar-await") as pool:
        try:
            return pool.submit(_run, _PrivateLoop(), awaitable, context).result()
        finally:
            adopt(context)


def plain(func: Callable[..., Awaitable[T]]) -> Callable[..., T]:
    """Return a plain function that calls an ``async def`` one and waits for its result."""

    def call_and_wait(*args: Any, **kwargs: Any) -> T:
        return wait_for(func(*args, **kwargs))

    return update_wrapper(call_and_wait, func)


_MISSING: Any = object()

# One event loop for each thread that needs one. PERF: a new loop costs 60 us, this one 10 us.
_private = threading.local()


class _PrivateLoop:
    """An event loop that is closed when nobody holds it any more, as when its thread ends."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()

    def __del__(self) -> None:
        if not self.loop.is_closed():
            self.loop.close()


def _loop_of_this_thread() -> _PrivateLoop:
    held: _PrivateLoop | None = getattr(_private, "held", None)
    if held is None:
        held = _private.held = _PrivateLoop()
    return held


def _run(held: _PrivateLoop, awaitable: Awaitable[T], context: Context) -> T:
    """Run on a loop, with these context variables; they keep what the awaitable sets."""
    return held.loop.run_until_complete(held.loop.create_task(_collect(awaitable), context=context))


async def _collect(awaitable: Awaitable[T]) -> T:
    return await awaitable

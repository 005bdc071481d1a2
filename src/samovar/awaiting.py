"""Awaitables in plain code: one cycle for ``def`` and ``async def``.

What may meet an ``async def`` function is written as a generator that yields awaitables and gets
their results sent back (:data:`Steps`). :func:`run_steps` runs such a generator in plain code and
:func:`await_steps` in a coroutine; while nothing is yielded, no event loop is ever touched.

Plain functions of a program may block, and an event loop must not. So a generator that finds
itself on one (``where.on_loop``) yields :data:`OFF_LOOP` before it calls such a function, and
finds itself in a thread when it goes on. There it stays until it yields the next awaitable.

PERF: asyncio is imported when the first awaitable turns up, which for most programs is never: it
takes 20 ms, a third of what importing the whole package takes without it.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Generator
from contextvars import Context, copy_context
from functools import partial, update_wrapper
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")

Steps = Generator[Awaitable[Any], Any, T]
"""A computation that yields what it wants awaited, gets the result sent back, and returns T."""


class _OffLoop(Awaitable[None]):
    """What is said by yielding :data:`OFF_LOOP`; it is understood, not awaited."""

    def __await__(self) -> NoReturn:
        raise RuntimeError("OFF_LOOP is for run_steps() and await_steps(), which know it.")


OFF_LOOP = _OffLoop()
"""Yielded by a generator to go on where it may block."""


class _Where(threading.local):
    """Where the generator that runs in this thread is."""

    on_loop = False
    """Whether an event loop waits for it."""


where = _Where()


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
                result = None if awaitable is OFF_LOOP else wait_for(awaitable)
            except BaseException as error:
                awaitable = steps.throw(error)
            else:
                awaitable = steps.send(result)
    except StopIteration as stop:
        value: T = stop.value
        return value


async def await_steps(steps: Steps[T], awaitable: Awaitable[Any] | None = None) -> T:
    """Run to the end in a coroutine, or carry on there what was begun in plain code.

    Args:
        steps: The computation.
        awaitable: What it yielded last, or None where it is yet to begin.

    Returns:
        What the computation returns.
    """
    state = _advance(steps.send, None) if awaitable is None else awaitable
    while not isinstance(state, _End):
        try:
            if state is OFF_LOOP:
                state = await _advance_off_loop(steps.send)
                continue
            result = await state
        except BaseException as error:
            # Where it ended by this very error, in the thread, that comes out again here.
            state = _advance(steps.throw, error)
        else:
            state = _advance(steps.send, result)
    value: T = state.value
    return value


class _End:
    """Says that a computation has returned."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


def _advance(
    resume: Callable[[Any], Awaitable[Any]], value: Any, on_loop: bool = True
) -> Awaitable[Any] | _End:
    """Let a computation go on until it yields or returns."""
    where.on_loop = on_loop
    try:
        return resume(value)
    except StopIteration as stop:
        return _End(stop.value)
    finally:
        where.on_loop = False


async def _advance_off_loop(resume: Callable[[Any], Awaitable[Any]]) -> Awaitable[Any] | _End:
    """Do so in a thread, with the context variables of this coroutine, which it may change."""
    from samovar.event_loops import run_off_loop

    variables = copy_context()
    try:
        return await run_off_loop(partial(_advance, resume, None, False), variables)
    finally:
        adopt(variables)


def adopt(context: Context) -> None:
    """Give the context variables of the running code the values they have in ``context``."""
    for variable, value in context.items():
        if variable.get(_MISSING) is not value:
            variable.set(value)


def wait_for(awaitable: Awaitable[T]) -> T:
    """Run an awaitable to its end on a private event loop and return its result. Blocks.

    It sees the context variables of the caller, and the caller sees what it set.
    """
    from samovar.event_loops import run_on_private_loop

    context = copy_context()
    try:
        return run_on_private_loop(awaitable, context)
    finally:
        adopt(context)


def plain(func: Callable[..., Awaitable[T]]) -> Callable[..., T]:
    """Return a plain function that calls an ``async def`` one and waits for its result."""

    def call_and_wait(*args: Any, **kwargs: Any) -> T:
        return wait_for(func(*args, **kwargs))

    return update_wrapper(call_and_wait, func)


_MISSING: Any = object()

"""What needs asyncio: private event loops for plain code, threads for plain code beside a loop.

It stands apart from :mod:`samovar.awaiting`, which imports it at the first use: a program of plain
functions never loads asyncio.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from functools import partial
from typing import TypeVar

T = TypeVar("T")

PLAIN_THREADS = 40
"""Threads for plain functions that have to stay off an event loop, in this process.

Started as they are needed, and kept. As many may block at the same time; those after them wait
for their turn, and there are never more of these than the server has requests in flight."""


def run_on_private_loop(awaitable: Awaitable[T], context: Context) -> T:
    """Run an awaitable to its end on an event loop of our own. Blocks.

    Args:
        awaitable: What to run.
        context: The context variables it sees; they keep what it sets.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _run(_loop_of_this_thread(), awaitable, context)
    # A loop runs in this thread and cannot be entered twice: the awaitable gets another thread.
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="samovar-await") as pool:
        return pool.submit(_run, _PrivateLoop(), awaitable, context).result()


async def run_off_loop(func: Callable[[], T], context: Context) -> T:
    """Run a plain function in a thread, while the event loop carries on with others.

    Cancelled, it still waits for the function, which cannot be interrupted.

    Args:
        func: What to run.
        context: The context variables it sees; they keep what it sets.
    """
    # PERF: there and back costs 26 us, and 35 us with loop.run_in_executor() and asyncio.shield().
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()
    job = _plain_threads.submit(_run_and_tell, func, context, loop, outcome)
    try:
        return await outcome
    except asyncio.CancelledError:
        await asyncio.wait([asyncio.wrap_future(job)])
        raise


def _run_and_tell(
    func: Callable[[], T],
    context: Context,
    loop: asyncio.AbstractEventLoop,
    outcome: asyncio.Future[T],
) -> None:
    """Run a function in this thread, and tell the event loop how it went."""
    tell: Callable[[], None]
    try:
        tell = partial(outcome.set_result, context.run(func))
    except BaseException as error:
        tell = partial(outcome.set_exception, error)
    loop.call_soon_threadsafe(_tell_unless_cancelled, outcome, tell)


def _tell_unless_cancelled(outcome: asyncio.Future[T], tell: Callable[[], None]) -> None:
    if not outcome.done():
        tell()


# Starts no thread before it is needed.
_plain_threads = ThreadPoolExecutor(PLAIN_THREADS, thread_name_prefix="samovar-plain")

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

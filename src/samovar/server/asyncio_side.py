"""The asyncio loop beside ours: it awaits what the application left to be awaited.

It runs in a thread of its own, started with the first asynchronous answer, on uvloop where that
is installed. It writes the replies itself; a connection belongs to it (``busy``) until then.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from typing import Any, Protocol

from samovar.exchange import Reply
from samovar.server.connection import Connection
from samovar.server.heads import encode_head
from samovar.server.http1 import HTTPExchange
from samovar.server.replies import Framing, PieceFramer, is_async
from samovar.server.settings import Settings
from samovar.server.writer import FAILURE, Writer, log_failure

STOP_SECONDS = 2.0
"""How long cancelled tasks may take to clean up when the server stops."""

LOOPS_DESCRIPTORS = 16
"""Descriptors that must be left before a loop is made; uvloop and its import take a dozen."""

log = logging.getLogger("samovar.server")


class Host(Protocol):
    """What the asyncio side asks of the loop."""

    settings: Settings
    writer: Writer

    def release(self, connection: Connection) -> None:
        """Take a connection back."""
        ...

    def look_at(self, connection: Connection) -> None:
        """Have events of a busy connection reported, where the poller needs to be told."""
        ...


def _new_loop() -> asyncio.AbstractEventLoop:
    """Make an asyncio loop, on uvloop where that is installed.

    Raises:
        OSError: Too few descriptors are left for one.
    """
    # uvloop 0.23, left without descriptors half-way, aborts the process.
    with ExitStack() as spare, socket.socket() as any_socket:
        for _ in range(LOOPS_DESCRIPTORS):
            spare.callback(os.close, os.dup(any_socket.fileno()))
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


class AsyncioSide:
    """Runs answers on an asyncio loop.

    Args:
        host: The loop that hands over answers and takes connections back.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._inbox: deque[tuple[HTTPExchange, Reply | Awaitable[Reply]]] = deque()
        self._awake = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._told = False

    def submit(self, exchange: HTTPExchange, answer: Reply | Awaitable[Reply]) -> None:
        """Leave an answer to be awaited; :meth:`wake` must follow, once for several."""
        self._inbox.append((exchange, answer))

    def wake(self) -> None:
        """Have submitted answers taken up.

        PERF: one wake-up for a whole batch of events; with 64 connections that takes the
        hand-over from 8 us to below 2 us for each request.
        """
        if self._inbox and not self._awake:
            self._awake = True
            try:
                loop = self._loop or self._start()
            except (OSError, RuntimeError) as error:
                # No descriptors or no threads are left. The answers wait: the loop wakes us
                # again when it next comes round.
                self._awake = False
                if not self._told:
                    self._told = True
                    log.error("No asyncio loop can be started for now: %s.", error)
                return
            loop.call_soon_threadsafe(self._take_up)

    def _start(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                loop = _new_loop()
                thread = threading.Thread(
                    target=self._run, args=(loop,), name="samovar-asyncio", daemon=True
                )
                try:
                    thread.start()
                except RuntimeError:
                    loop.close()
                    raise
                self._thread = thread
                self._loop = loop
            return self._loop

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    def stop(self) -> None:
        """Cancel what still runs and end the thread; waits for at most a few seconds."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(lambda: loop.create_task(self._cancel_all(loop)))
        thread.join(STOP_SECONDS * 2)

    async def _cancel_all(self, loop: asyncio.AbstractEventLoop) -> None:
        tasks = asyncio.all_tasks(loop) - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=STOP_SECONDS)
        loop.stop()

    # On the asyncio thread.

    def _take_up(self) -> None:
        self._awake = False  # first: what is submitted from now on wakes us again
        loop, inbox = self._loop, self._inbox
        assert loop is not None, "woken by it"
        while inbox:
            exchange, answer = inbox.popleft()
            connection = exchange.carrier
            assert isinstance(connection, Connection), "the loop makes exchanges of connections"
            # asyncio itself keeps only weak references to tasks.
            # PERF: a set of tasks, with a callback that takes each out again, costs 0.7 us more.
            connection.task = loop.create_task(self._finish(connection, exchange, answer))

    async def _finish(
        self, connection: Connection, exchange: HTTPExchange, answer: Reply | Awaitable[Reply]
    ) -> None:
        """Await an answer, write it, and give the connection back."""
        try:
            reply = answer if isinstance(answer, Reply) else await answer
        except asyncio.CancelledError:
            connection.doomed = True
            self._host.release(connection)
            raise
        except Exception as error:  # the boundary to the application
            log_failure(exchange, error)
            reply = FAILURE
        writer = self._host.writer
        if type(reply.body) is bytes:
            writer.reply(connection, exchange, reply, leading=False)
            connection.task = None
            self._host.release(connection)
        elif is_async(reply.body):
            await _AsyncReply(self._host, connection, exchange, reply).write()
        else:
            self._hand_back(connection, exchange, reply)

    def _hand_back(self, connection: Connection, exchange: HTTPExchange, reply: Reply) -> None:
        """Leave a body that may block to the threads of the loop."""
        try:
            self._host.writer.begin(connection, exchange, reply)
        except (TypeError, ValueError, OSError) as error:
            log_failure(exchange, error)
            self._host.writer.reply(connection, exchange, FAILURE, leading=False)
        connection.pending = True
        self._host.release(connection)


class _AsyncReply:
    """A reply whose body is an async iterable, written as it comes."""

    def __init__(
        self, host: Host, connection: Connection, exchange: HTTPExchange, reply: Reply
    ) -> None:
        self._host = host
        self._connection = connection
        self._exchange = exchange
        self._reply = reply
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        self._task = asyncio.current_task()

    async def write(self) -> None:
        """Write the whole reply; a client that leaves cancels the body."""
        connection, exchange = self._connection, self._exchange
        writer = self._host.writer
        connection.exchange = exchange
        connection.watcher = self._on_event
        framer: PieceFramer | None = None
        try:
            framer = self._begin()
            self._host.look_at(connection)
            await self._write_pieces(framer)
        except (OSError, TimeoutError):
            connection.doomed = True
        except asyncio.CancelledError:
            connection.doomed = True
            if not connection.ended:
                raise  # the server stops
        except Exception as error:  # the boundary to the application
            log_failure(exchange, error.__cause__ or error)
            connection.doomed = True
            if framer is None or framer.start:
                connection.doomed = False
                writer.begin(connection, exchange, FAILURE)
                connection.pending = True
        finally:
            connection.watcher = None
            await self._close_body()
            if connection.exhausted or connection.doomed:
                writer.end(connection, leading=False)
            self._host.release(connection)

    def _begin(self) -> PieceFramer:
        reply, exchange, connection = self._reply, self._exchange, self._connection
        head = encode_head(reply.status, reply.fields, reply.reason)
        framing = Framing(head, exchange, reply.status, None)
        framing.last |= self._host.writer.stopping
        connection.last = framing.last
        connection.status = reply.status
        connection.on_close = reply.on_close
        connection.sent = 0
        connection.exhausted = False
        start = framing.encode(head, exchange, reply.status, self._host.writer.date)
        if framing.length is None:
            connection.stream_head = start
        return PieceFramer(start, framing)

    async def _write_pieces(self, framer: PieceFramer) -> None:
        connection = self._connection
        if not framer.no_body:
            pieces: AsyncIterator[Any] = aiter(self._reply.body)  # type: ignore[arg-type]  # is_async says so
            async for piece in pieces:
                if piece:
                    framer.frame(connection, piece)
                    await self._flush()
        framer.finish(connection)
        await self._flush()
        connection.exhausted = True

    async def _flush(self) -> None:
        connection = self._connection
        while True:
            self._event.clear()
            try:
                connection.flush()
            except BlockingIOError:
                self._host.writer.await_room(connection)
                self._host.look_at(connection)
                async with asyncio.timeout(self._host.settings.write_timeout):
                    await self._event.wait()
            else:
                return

    def _on_event(self) -> None:
        """Called by the loop, in its thread, when something happened to the connection."""
        self._loop.call_soon_threadsafe(self._look)

    def _look(self) -> None:
        if self._connection.ended and self._task is not None:
            self._task.cancel()
        self._event.set()

    async def _close_body(self) -> None:
        close: Callable[[], Awaitable[None]] | None = getattr(self._reply.body, "aclose", None)
        if close is not None:
            try:
                await close()
            except Exception as error:  # the boundary to the application
                log_failure(self._exchange, error)

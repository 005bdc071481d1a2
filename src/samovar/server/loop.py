"""The loop: it reads bytes, has the application called, and has the reply written.

One thread at a time runs it (:mod:`samovar.server.lead`). That thread waits for events, takes
connections from ``_ready`` one by one, and serves each as far as it goes without waiting. It
calls the application itself; if it loses the lead in a call, it finishes that one request and
gives the connection back.

    _wait -> _serve -> parser.feed -> _answer -> handler.handle -> writer.reply

Who may touch a connection: the leader, unless the connection is ``busy``; then the thread that
answers its request, until :meth:`Loop.release`. Sockets are closed by the leader only.
"""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from samovar.exchange import Answer, BodyError, Handler, Reply
from samovar.server.acceptor import Acceptor
from samovar.server.access_log import make_logger
from samovar.server.asyncio_side import AsyncioSide
from samovar.server.clock import Clock
from samovar.server.connection import Connection, Phase
from samovar.server.counting import limit_connections
from samovar.server.heads import error_reply
from samovar.server.heartbeat import Heart
from samovar.server.http1 import HTTPExchange, RequestError
from samovar.server.lead import Lead
from samovar.server.log_lines import escape
from samovar.server.newcomers import Newcomers
from samovar.server.poller import ENDED, make_poller, wait_readable
from samovar.server.replies import IterableSource, is_async, is_event_stream
from samovar.server.settings import Settings
from samovar.server.takeover import end
from samovar.server.writer import FAILURE, Writer, log_failure

RECEIVE = 65_536
"""Bytes taken from a socket at once. It bounds what a pipelining client can have parsed ahead,
and one call takes any ordinary request whole."""

SWEEP_SECONDS = 1.0
"""How often deadlines are looked at, and so how long after them a client is told, at most."""

STOPPING_SWEEP_SECONDS = 0.05
"""How often a stopping loop looks whether it is done."""

FRESH_SECONDS = 0.5
"""How long a stopping loop waits for a request on a connection that was opened or used just now:
a client that knows nothing of the stop may be sending it, and would find the connection reset."""

LINGER_SECONDS = 2.0
"""How long a refused client may take to read the refusal (RFC 9112, section 9.6)."""

LINGER_BYTES = 4 << 20
"""What is read and dropped meanwhile, so that a client which sends its whole body before it
reads gets the refusal and no reset."""

log = logging.getLogger("samovar.server")


class Loop:
    """Serves connections that come in on listening sockets.

    Args:
        handler: The application.
        settings: Limits and timeouts.
        listeners: Non-blocking listening sockets; the loop closes them when it stops.
        newcomers: Makes connections of the sockets that are accepted.
        heart: Beats whenever the loop comes round, where somebody watches over it.

    Attributes:
        settings: As given.
        writer: Writes the replies.
    """

    def __init__(
        self,
        handler: Handler,
        settings: Settings,
        listeners: Sequence[socket.socket],
        newcomers: Newcomers,
        heart: Heart | None = None,
    ) -> None:
        self.settings = settings
        self._welcome = newcomers.welcome
        self._handle: Callable[[HTTPExchange], Answer] = handler.handle
        if settings.max_requests_per_connection:
            self._handle = limit_connections(handler.handle, settings.max_requests_per_connection)
        self._body_policy = handler.body_policy
        self._clock = Clock()
        self._poller = make_poller(settings.poller)
        self._one_shot = self._poller.one_shot
        self._access = make_logger(settings.access_log, sys.stderr)
        self._lead = Lead(self._run, settings.threads, handler.caught_blocking)
        self._calls = self._lead.calls
        self.writer = Writer(settings, self._lead, self._poller, self._clock, self._access)
        self._asyncio = AsyncioSide(self)
        self._acceptor = Acceptor(listeners, self._poller, settings.max_connections, self._adopt)
        self._connections: dict[int, Connection] = {}
        self._ready: deque[Connection] = deque()
        self._watched: deque[Connection] = deque()
        self._stop_by: float | None = None
        self._streams_end_at = 0.0
        self._finished = threading.Event()
        self._next_sweep = 0.0
        self._sweep_every = min(SWEEP_SECONDS, _shortest_timeout(settings) / 4)
        self._heart = heart
        self._longest_wait = -1.0
        if heart is not None:
            self._longest_wait = heart.every
            self._sweep_every = min(self._sweep_every, heart.every)
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        self._woken.setblocking(False)

    # For the thread that owns the server.

    def start(self) -> None:
        """Begin to serve, in threads of the loop's own."""
        self._poller.add_shared(self._woken.fileno())
        self._acceptor.resume(0)
        self._lead.start()

    def stop(self, grace: float) -> None:
        """Accept no more, and end when the requests in flight are answered. Does not block.

        Args:
            grace: Seconds after which what is still in flight is given up.
        """
        self.writer.stopping = True
        now = time.monotonic()
        self._streams_end_at = now + min(self.settings.stream_grace, grace / 2)
        self._stop_by = now + grace
        self._next_sweep = 0.0  # which looks at the above
        self._wake()

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the loop has ended; return False after ``timeout`` seconds."""
        return self._finished.wait(timeout)

    # Waiting.

    def _run(self) -> None:
        """Lead the loop until the lead is lost or the loop ends."""
        ready = self._ready
        try:
            while True:
                if ready:
                    connection = ready.popleft()
                    try:
                        if not self._serve(connection):
                            return
                    except Exception as error:
                        if not self._give_up_on(connection, error):
                            return
                elif not self._wait():
                    return
        except Exception:
            # Without a leader nobody would be served: better to end, and be started anew.
            log.critical("The server failed and ends.", exc_info=True)
            self._end()

    def _give_up_on(self, connection: Connection, error: Exception) -> bool:
        """Have a defect of ours cost one connection, not the server."""
        log.error("The server failed; it closes one connection.", exc_info=error)
        if connection.busy:  # which says that this thread has lost the lead
            connection.doomed = True
            self.release(connection)
            return False
        self._calls.clear()
        return self._close(connection)

    def _wait(self) -> bool:
        """Wait for events and queue the connections they are about; False at the end."""
        self._asyncio.wake()
        if self._access is not None:
            self._access.flush()
        lead, ready, poller = self._lead, self._ready, self._poller
        while self._watched:
            watched = self._watched.popleft()
            if not watched.closed:
                poller.rearm(watched.descriptor, watched.waiting_write)
        lead.waiting = True
        # Whoever adds to _ready looks at `waiting` afterwards, so nothing is overlooked.
        events = [] if ready or self._watched else poller.wait(self._timeout())
        lead.waiting = False
        if lead.dozing and (events or ready):
            lead.ring()
        now = self._clock.look()
        connections = self._connections
        for descriptor, flags in events:
            connection = connections.get(descriptor)
            if connection is None:
                self._on_shared(descriptor)
                continue
            if flags & ENDED:
                connection.ended = True
            if connection.busy:
                self._leave_word(connection)
            else:
                ready.append(connection)
        if now >= self._next_sweep:
            return self._sweep(now)
        return True

    def _timeout(self) -> float:
        """Return how long to wait for events, in seconds; an idle server does not wake."""
        if self._stop_by is not None:
            return STOPPING_SWEEP_SECONDS
        if self._connections or not self._acceptor.open:
            return max(0.0, self._next_sweep - time.monotonic())
        return self._longest_wait

    def _leave_word(self, connection: Connection) -> None:
        """Note an event of a connection that another thread owns."""
        connection.pending = True
        if not connection.busy:
            # It was released in between, by a thread that may not have seen the note.
            self._ready.append(connection)
        watcher = connection.watcher
        if watcher is not None:
            if self._one_shot:
                connection.ended = _has_ended(connection)
            watcher()

    def _on_shared(self, descriptor: int) -> None:
        if descriptor == self._woken.fileno():
            try:
                while self._woken.recv(4096):
                    pass
            except BlockingIOError:
                pass
        else:
            self._acceptor.on_ready(descriptor)

    def _wake(self) -> None:
        """Have the leader look around if it waits."""
        if self._lead.waiting:
            try:
                self._waker.send(b"\0")
            except OSError:
                pass  # full: it is woken already; closed: there is nobody to wake

    # Opening and closing.

    def _adopt(self, sock: socket.socket, peer: Any) -> int:
        try:
            connection = self._welcome(sock, peer, self, self._body_policy)
        except OSError:  # the client has gone again
            sock.close()
            return len(self._connections)
        connection.deadline = self._clock.now + self.settings.header_timeout
        self._connections[connection.descriptor] = connection
        self._poller.add(connection.descriptor)
        return len(self._connections)

    def _close(self, connection: Connection) -> bool:
        """Close a connection; return whether the thread still has the lead."""
        if connection.closed:
            return True
        connection.closed = True
        del self._connections[connection.descriptor]
        self._poller.remove(connection.descriptor)
        if connection.lingering:
            end(connection.sock, socket.SHUT_RDWR)  # a program's thread may still wait for it
        connection.shut()
        if not self._acceptor.open and self._stop_by is None:
            self._acceptor.resume(len(self._connections))
        if connection.exchange is not None:
            return self.writer.end(connection, leading=True)
        return True

    def _close_doomed(self, connection: Connection) -> None:
        """Close a connection whose last reply is out, once the client can have read it.

        Closing at once would reset the connection where the client has sent more than was
        read, and a reset may take the reply with it (RFC 9112, section 9.6).
        """
        if connection.last:
            self._linger(connection)
        else:
            self._close(connection)

    def _linger(self, connection: Connection) -> None:
        """Say that no more will be written, and wait for the peer to have read it all."""
        connection.doomed = False
        connection.lingering = True
        connection.deadline = self._clock.now + LINGER_SECONDS
        try:
            connection.say_end()
        except OSError:
            self._close(connection)
        else:
            self._drain(connection)

    def _drain(self, connection: Connection) -> None:
        """Read and drop what a refused client still sends."""
        try:
            while connection.drained < LINGER_BYTES:
                count = len(connection.recv(RECEIVE))
                if not count:
                    break
                connection.drained += count
            self._close(connection)
        except BlockingIOError:
            self._rest(connection)
        except OSError:
            self._close(connection)

    # What time does.

    def _sweep(self, now: float) -> bool:
        """Act on deadlines that have passed.

        Returns:
            Whether to go on: the loop has not ended, and the thread still has the lead.
        """
        self._next_sweep = now + self._sweep_every
        if self._heart is not None:
            self._heart.beat(now)
        for connection in list(self._connections.values()):
            if now >= connection.deadline and not connection.busy and not self._expire(connection):
                return False
        if self._stop_by is not None:
            return self._go_on_stopping(now, self._stop_by)
        if not self._acceptor.open:
            self._acceptor.resume(len(self._connections))
        return True

    def _expire(self, connection: Connection) -> bool:
        if connection.phase is Phase.BODY:
            self._refuse(connection, RequestError(408, "The body came too slowly."))
        elif connection.phase is Phase.HEAD and connection.parser.head_size:
            self._refuse(connection, RequestError(408, "The head came too slowly."))
        else:
            return self._close(connection)
        return True

    def _go_on_stopping(self, now: float, stop_by: float) -> bool:
        self._next_sweep = now
        self._acceptor.close()
        for connection in list(self._connections.values()):
            if connection.taken:
                end(connection.sock, socket.SHUT_RD)  # to its program the client seems to leave
            if connection.stream_head and not self._end_stream(connection, now):
                return False
            waits = connection.busy or connection.exchange is not None
            # A request that has arrived already is answered, where a close would reset it.
            waits = waits or (not connection.lingering and connection.has_input)
            waits = waits or self._is_fresh(connection, now)
            if not waits and not connection.parser.in_body and not self._close(connection):
                return False
        if self._connections and now < stop_by:
            return True
        unfinished = [c for c in self._connections.values() if c.busy or c.exchange is not None]
        if unfinished:
            log.warning(
                "The time to stop is over. Requests that are given up: %d.", len(unfinished)
            )
        self._asyncio.stop()
        for connection in list(self._connections.values()):
            connection.busy = False
            self._close(connection)
        self._end()
        return False

    def _end_stream(self, connection: Connection, now: float) -> bool:
        """End a reply that has no end, or may have none.

        Returns:
            Whether the thread still has the lead.
        """
        if now < self._streams_end_at and not is_event_stream(connection.stream_head):
            return True
        connection.stream_head = b""
        if connection.watcher is not None:
            connection.ended = True  # to its coroutine the client seems to leave
            connection.watcher()
        elif isinstance(connection.source, IterableSource):
            connection.source.given_up = True
            return connection.busy or self._close(connection)
        return True

    def _is_fresh(self, connection: Connection, now: float) -> bool:
        """Whether a connection was opened or used just now, so that a request may be on its way."""
        if connection.phase is Phase.IDLE:
            return now < connection.deadline - self.settings.idle_timeout + FRESH_SECONDS
        opened = connection.deadline - self.settings.header_timeout
        is_new = connection.phase is Phase.HEAD and not connection.parser.head_size
        return is_new and now < opened + FRESH_SECONDS

    def _end(self) -> None:
        self._lead.end()
        if self._access is not None:
            self._access.flush()
        self._poller.close()
        self._waker.close()
        self._woken.close()
        self._finished.set()

    # Reading.

    def _serve(self, connection: Connection) -> bool:
        """Take a connection as far as it goes without waiting.

        Returns:
            Whether the calling thread still has the lead.
        """
        if connection.closed or connection.busy:
            return True
        if connection.exchange is not None and not self.writer.pump(connection, leading=True):
            self.release(connection)
            return False
        if (
            connection.exchange is not None or connection.doomed or connection.lingering
        ) and self._is_settled(connection):
            return True
        parser = connection.parser
        requests = parser.requests
        more = True
        while True:
            while requests:
                if not self._answer(connection, requests.popleft()):
                    return False
                if (connection.exchange is not None or connection.busy or connection.doomed) and (
                    self._is_settled(connection)
                ):
                    return True
            if not more or parser.error is not None:
                break
            try:
                data = connection.recv(RECEIVE)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            if not data:
                self._peer_ended(connection)
                return True
            # A short read has emptied the socket: what comes later is reported anew.
            more = len(data) == RECEIVE or connection.ended
            if more:
                connection.pending = True  # whoever gives the connection back has it read on
            parser.feed(data)
        if parser.error is not None:
            self._refuse(connection, parser.error)
            return True
        if parser.current is not None or parser.head_size:
            self._await_rest(connection)
        if self._one_shot:
            self._rest(connection)
        return True

    def _is_settled(self, connection: Connection) -> bool:
        """Deal with a connection that cannot be read from now; False where it can be."""
        if connection.busy:
            return True
        if connection.doomed:
            self._close_doomed(connection)
        elif connection.exchange is not None:
            self._rest(connection)
        elif connection.lingering:
            self._drain(connection)
        else:
            return connection.closed
        return True

    def _rest(self, connection: Connection) -> None:
        """Leave a connection until its next event."""
        if self._one_shot and not connection.closed:
            self._poller.rearm(connection.descriptor, connection.waiting_write)

    def _peer_ended(self, connection: Connection) -> None:
        """The client has sent its last byte; in the middle of a body the log says so."""
        current = connection.parser.current
        if current is not None and connection.parser.in_body:
            log.info(
                "%s: the client left in the middle of the body of %s %s.",
                connection.peer,
                current.method,
                escape(str(current.target, "latin-1")),
            )
        self._close(connection)

    def _await_rest(self, connection: Connection) -> None:
        """Wait for the rest of a request, and ask for its body where the client waits for it."""
        parser = connection.parser
        exchange = parser.current
        if exchange is not None and parser.in_body:
            _say_continue(connection, exchange)
            if connection.phase is not Phase.BODY:
                connection.phase = Phase.BODY
                connection.body_began = self._clock.now
            connection.deadline = self._body_deadline(connection)
        elif connection.phase is not Phase.HEAD:
            # The deadline is for the whole head: later pieces of it do not move it.
            connection.phase = Phase.HEAD
            connection.deadline = self._clock.now + self.settings.header_timeout

    def _body_deadline(self, connection: Connection) -> float:
        """Return when the next piece of a body must have come; what has come buys time."""
        settings = self.settings
        earned = settings.body_grace + connection.parser.body_size / settings.min_body_rate
        return min(self._clock.now + settings.body_timeout, connection.body_began + earned)

    def _refuse(self, connection: Connection, error: RequestError) -> None:
        """Answer a request that cannot reach the application, and close."""
        if error.status == 500:
            log.error("The server failed to read a request.", exc_info=error.__cause__)
        else:
            log.warning("%s: %d %s", _name_peer(connection.peer), error.status, error.explanation)
        try:
            to_head = connection.parser.is_head
            connection.send(error_reply(error.status, error.explanation, to_head=to_head))
        except OSError:
            self._close(connection)
        else:
            self._linger(connection)

    # Calling the application.

    def _answer(self, connection: Connection, exchange: HTTPExchange) -> bool:
        """Have a request answered; return whether the thread still has the lead."""
        calls = self._calls
        calls.append(exchange)
        if exchange.pieces is not None:
            self._lead.pass_on(exchange)  # reading a streamed body blocks
        if self._access is not None:
            connection.started = time.monotonic()
        try:
            answer = self._handle(exchange)
        except BaseException as error:  # nothing may end the thread that leads the loop
            # To say that a connection which it took over has ended is no failure.
            if not (connection.taken and isinstance(error, ConnectionError)):
                log_failure(exchange, error)
            answer = FAILURE
        leading = True
        try:
            calls.remove(exchange)
        except ValueError:
            self._lead.lost()
            self._clock.look()
            leading = False
        if type(answer) is Reply and (type(answer.body) is bytes or not is_async(answer.body)):
            leading = self.writer.reply(connection, exchange, answer, leading)
            if not leading:
                self.release(connection)
            return leading
        connection.busy = True
        self._asyncio.submit(exchange, answer)
        if not leading:
            self._asyncio.wake()
        return leading

    def release(self, connection: Connection) -> None:
        """Take a connection back from the thread that owned it; called by that thread."""
        connection.busy = False
        if (
            connection.pending
            or connection.doomed
            or connection.ended
            or connection.parser.requests
            or self._one_shot
            or self._stop_by is not None
        ):
            connection.pending = False
            self._ready.append(connection)
            self._wake()

    def look_at(self, connection: Connection) -> None:
        """Have events of a busy connection reported, where the poller needs to be told."""
        if self._one_shot:
            self._watched.append(connection)
            self._wake()

    def pass_lead(self, exchange: HTTPExchange) -> None:
        """Let another thread lead the loop from now on."""
        self._lead.pass_on(exchange)

    def lend_connection(self, connection: Connection, exchange: HTTPExchange) -> None:
        """Leave a connection, and the calling thread, to the program for long."""
        self._lead.lend(exchange)
        # PERF: woken by each message, the leader would take a third of an echo's throughput.
        self._poller.mute(connection.descriptor)

    def take_connection_back(self, connection: Connection) -> None:
        """Take back what was lent; called by the thread that was."""
        self._poller.want_write(connection.descriptor, False)
        self._lead.take_back()

    def watch_room(self, connection: Connection, wanted: bool) -> None:
        """Have it reported, or no longer, when the connection's socket has room to write."""
        self._poller.want_write(connection.descriptor, wanted)

    def receive_body(self, exchange: HTTPExchange) -> bytes:
        """Wait for the next piece of a streamed body, in the thread that owns the connection.

        Raises:
            BodyError: The rest will not come, or not be taken.
        """
        connection = exchange.carrier
        assert isinstance(connection, Connection), "the loop makes exchanges of connections"
        parser = connection.parser
        while not exchange.pieces:
            if exchange.refusal is not None:
                raise exchange.refusal
            if parser.error is not None:
                raise BodyError(parser.error.status, parser.error.explanation)
            if exchange.complete:
                return b""
            _say_continue(connection, exchange)
            try:
                data = connection.recv(RECEIVE)
            except BlockingIOError:
                if not wait_readable(connection.descriptor, self.settings.body_timeout):
                    exchange.refuse(408, "the body came too slowly")
                continue
            except OSError:
                data = b""
            if data:
                parser.feed(data)
            else:
                exchange.refuse(400, "the client left in the middle of the body")
        return exchange.pieces.popleft()


def _say_continue(connection: Connection, exchange: HTTPExchange) -> None:
    """Ask for the body where the client waits to be asked (RFC 9110, section 10.1.1)."""
    if exchange.wants_continue:
        exchange.wants_continue = False
        try:
            connection.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        except OSError:
            pass  # the client need not wait for it


def _has_ended(connection: Connection) -> bool:
    """Look whether the peer will send no more, without taking anything."""
    try:
        return not socket.socket.recv(connection.sock, 1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _name_peer(peer: tuple[Any, ...] | str) -> str:
    return f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else (peer or "a local client")


def _shortest_timeout(settings: Settings) -> float:
    return min(
        settings.header_timeout,
        settings.idle_timeout,
        settings.body_timeout,
        settings.write_timeout,
    )

"""One client connection: its socket, its parser, and what waits to be written to it."""

from __future__ import annotations

import enum
import socket
from collections.abc import Callable
from typing import Any, Protocol

from samovar.server.http1 import Carrier, HTTPExchange, PolicyOf, RequestParser
from samovar.server.settings import Settings
from samovar.server.takeover import RawSocket

MakeParser = Callable[[Carrier, Settings, PolicyOf], RequestParser]
"""Makes the parser of a connection."""


class Phase(enum.Enum):
    """What a connection waits for, and so which deadline it has."""

    IDLE = "the next request"
    HEAD = "the rest of a head"
    BODY = "the rest of a body"
    WRITING = "room to write"


class Source(Protocol):
    """The rest of a reply, made or read piece by piece.

    Attributes:
        calls_application: Whether :meth:`advance` runs code of the application.
    """

    calls_application: bool

    def advance(self, connection: Connection) -> bool:
        """Write a piece, or put it into ``connection.unsent``.

        Returns:
            Whether there is more.

        Raises:
            BlockingIOError: The socket is full.
            OSError: The peer is gone.
        """
        ...

    def close(self) -> None:
        """Give up what the source holds; may run code of the application."""
        ...


class Host(Protocol):
    """What a connection asks of the loop that serves it."""

    settings: Settings

    def pass_lead(self, exchange: HTTPExchange) -> None:
        """Let another thread lead the loop from now on."""
        ...

    def receive_body(self, exchange: HTTPExchange) -> bytes:
        """Wait for the next piece of a streamed body; ``b""`` at its end."""
        ...

    def lend_connection(self, connection: Connection, exchange: HTTPExchange) -> None:
        """Leave a connection, and the calling thread, to the program for long."""
        ...

    def take_connection_back(self, connection: Connection) -> None:
        """Take back what was lent; called by the thread that was."""
        ...

    def watch_room(self, connection: Connection, wanted: bool) -> None:
        """Have it reported, or no longer, when the connection's socket has room to write."""
        ...


class Connection:
    """A connection belongs to the loop, unless it is ``busy``: then to one other thread.

    Only the loop closes it, so that its descriptor cannot be another connection's while the
    loop still has an event for it.

    Attributes:
        phase: What it waits for.
        deadline: When that must have come, on the loop's monotonic clock.
        body_began: When the body that is arriving began, on the same clock.
        busy: Whether a thread other than the leader owns it.
        pending: Whether something happened to it while it was busy.
        ended: Whether the system reported that the peer will send no more.
        doomed: Whether its owner wants the loop to close it.
        closed: Whether it is closed.
        lingering: Whether it only waits for the peer to read a refusal and close.
        drained: Bytes read and dropped while lingering.
        taken: Whether the program has taken it over, until its view returns.
        task: The asyncio task that answers the request, held here so that it is not collected.
        watcher: Called by the loop when there is room to write or the peer has gone while the
            connection is busy; for a reply that another event loop writes.
        exchange: The request being answered while its reply is under way.
        unsent: What the socket did not take yet.
        source: The rest of the reply.
        exhausted: Whether the source has given its last piece.
        waiting_write: Whether the poller watches for room to write.
        answered: Requests handed to the application, where they are counted.
        stream_head: The head of a reply under way whose length nobody knows; else ``b""``.
        sent: Bytes of body sent, for the access log.
        status: The status code of the reply under way, 0 once it is in the access log.
        started: When the application was called, where there is an access log.
        last: Whether the connection closes after the reply under way.
        on_close: To be called when the reply is done.
        encrypted: Whether what is sent is encrypted here, so that the system cannot send files
            by itself.
    """

    __slots__ = (
        "_host",
        "_local",
        "answered",
        "body_began",
        "busy",
        "closed",
        "deadline",
        "descriptor",
        "doomed",
        "drained",
        "ended",
        "exchange",
        "exhausted",
        "last",
        "lingering",
        "on_close",
        "parser",
        "peer",
        "pending",
        "phase",
        "recv",
        "scheme",
        "send",
        "sent",
        "sock",
        "source",
        "started",
        "status",
        "stream_head",
        "taken",
        "task",
        "unsent",
        "watcher",
        "waiting_write",
    )

    encrypted = False

    def __init__(
        self,
        sock: socket.socket,
        peer: Any,
        host: Host,
        policy_of: PolicyOf,
        make_parser: MakeParser = RequestParser,
    ) -> None:
        # For the connection.
        self._host = host
        self._local: tuple[str, int] | None = None
        self.sock = sock
        self.descriptor = sock.fileno()
        self.peer: tuple[Any, ...] | str = peer
        self.scheme = "http"
        self.recv: Callable[[int], bytes] = sock.recv
        self.send: Callable[[bytes | memoryview], int] = sock.send
        self.parser = make_parser(self, host.settings, policy_of)
        self.phase = Phase.HEAD
        self.deadline = 0.0
        self.body_began = 0.0
        self.busy = False
        self.pending = False
        self.ended = False
        self.doomed = False
        self.closed = False
        self.lingering = False
        self.drained = 0
        self.taken = False
        self.answered = 0
        # For the reply under way.
        self.task: object = None
        self.watcher: Callable[[], None] | None = None
        self.exchange: HTTPExchange | None = None
        self.unsent: bytes | memoryview = b""
        self.source: Source | None = None
        self.exhausted = False
        self.waiting_write = False
        self.stream_head = b""
        self.sent = 0
        self.status = 0
        self.started = 0.0
        self.last = False
        self.on_close: Callable[[], None] | None = None

    @property
    def local(self) -> tuple[str, int]:
        """Host and port that the connection arrived at."""
        # PERF: asking the system costs 0.6 us, as much as half a WSGI environ.
        if self._local is None:
            name = self.sock.getsockname()
            # A Unix socket has no host and port, and PEP 3333 wants both.
            self._local = (name[0], name[1]) if isinstance(name, tuple) else ("localhost", 80)
        return self._local

    @property
    def has_input(self) -> bool:
        """Whether something of the peer's waits to be read."""
        try:
            return bool(socket.socket.recv(self.sock, 1, socket.MSG_PEEK))
        except OSError:
            return False

    def say_end(self) -> None:
        """Say that no more will be written.

        Raises:
            OSError: The peer is gone.
        """
        socket.socket.shutdown(self.sock, socket.SHUT_WR)

    def shut(self) -> None:
        """Close the socket; for the loop alone."""
        self.sock.close()

    @property
    def multiprocess(self) -> bool:
        """Whether other processes share the listening socket."""
        return self._host.settings.workers > 1

    def pass_lead(self, exchange: HTTPExchange) -> None:
        """Let another thread lead the loop from now on."""
        self._host.pass_lead(exchange)

    def receive_body(self, exchange: HTTPExchange) -> bytes:
        """Wait for the next piece of a streamed body; ``b""`` at its end."""
        return self._host.receive_body(exchange)

    def raw_socket(self, exchange: HTTPExchange) -> RawSocket:
        """Return the socket for a program that speaks another protocol after an upgrade."""
        return RawSocket(self.sock, exchange.early or b"", lambda: self._hand_over(exchange))

    def _hand_over(self, exchange: HTTPExchange) -> None:
        """Make the connection the program's until its view returns.

        Raises:
            RuntimeError: The request is answered already.
        """
        if exchange.early is None:
            raise RuntimeError(
                "environ['werkzeug.socket'] was first used after its request was answered."
                " Use it while the view runs, and return when the connection is done with."
            )
        self._host.lend_connection(self, exchange)
        self.taken = True
        self.parser.requests.clear()  # they were bytes of the other protocol
        exchange.keep_alive = False
        self.send = self._take_back
        self.sock.setblocking(True)

    def _take_back(self, data: bytes | memoryview) -> int:
        """Stand in for ``send``: the view has returned, and what it returned is dropped."""
        if self.taken:
            self.taken = False
            self.status = 101
            self.sent = 0
            self.sock.setblocking(False)
            self._host.take_connection_back(self)
        raise ConnectionAbortedError("The program has taken this connection over.")

    def flush(self) -> None:
        """Write what is unsent.

        Raises:
            BlockingIOError: The socket is full; the rest stays unsent.
            OSError: The peer is gone.
        """
        while self.unsent:
            count = self.send(self.unsent)
            self.unsent = memoryview(self.unsent)[count:] if count < len(self.unsent) else b""

"""Writing replies, as far as the socket takes them.

Runs in the thread that owns the connection: the leader, or a thread that lost the lead while it
answered. Where the leader runs code of the application (a body made piece by piece, a close
callback), it can lose the lead in it; every method that may do so takes ``leading`` and returns
it anew.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from samovar.exchange import Reply
from samovar.server.access_log import AccessLog
from samovar.server.clock import Clock
from samovar.server.connection import Connection, Phase
from samovar.server.heads import encode_head
from samovar.server.http1 import HTTPExchange
from samovar.server.lead import Lead
from samovar.server.log_lines import escape
from samovar.server.poller import Poller
from samovar.server.replies import (
    LARGE_BODY,
    ApplicationError,
    IterableSource,
    begin_reply,
)
from samovar.server.settings import Settings

FAILURE = Reply(
    500,
    (("Content-Type", "text/plain; charset=utf-8"),),
    b"500 Internal Server Error: the application failed to answer this request.\n",
)
"""What a client gets for a failure that the application did not answer itself."""

_IDLE = Phase.IDLE
"""PERF: looking up a member of an Enum costs 30 ns more than a name of the module."""

log = logging.getLogger("samovar.server")


class Writer:
    """Writes the replies of one loop.

    Args:
        settings: For the timeouts.
        lead: The lead over the loop.
        poller: Asked to watch for room to write.
        clock: The loop's time.
        access: The access log, or None.

    Attributes:
        stopping: Whether connections close after the reply under way.
    """

    def __init__(
        self, settings: Settings, lead: Lead, poller: Poller, clock: Clock, access: AccessLog | None
    ) -> None:
        self.stopping = False
        self._idle_timeout = settings.idle_timeout
        self._write_timeout = settings.write_timeout
        self._lead = lead
        self._calls = lead.calls
        self._poller = poller
        self._clock = clock
        self._access = access

    def reply(
        self, connection: Connection, exchange: HTTPExchange, reply: Reply, leading: bool
    ) -> bool:
        """Write a reply; return whether the calling thread still has the lead.

        Afterwards ``connection.exchange`` is None if the reply is done, and
        ``connection.doomed`` is set if the connection is to be closed.
        """
        body = reply.body
        # PERF: the replies that nearly all are leave with one system call and without a source:
        # 1.5 us instead of 4 us for hello; `make bench` shows it.
        if (
            exchange.ordinary
            and type(body) is bytes
            and reply.on_close is None
            and len(body) <= LARGE_BODY
            and not self.stopping
        ):
            try:
                head = encode_head(reply.status, reply.fields, reply.reason)
            except (TypeError, ValueError) as error:
                return self._reply_failed(connection, exchange, error, leading)
            if head.plain and (head.content_length is None or head.content_length == len(body)):
                clock = self._clock
                data = b"%b%bContent-Length: %d\r\n\r\n%b" % (
                    head.block,
                    clock.date,
                    len(body),
                    body,
                )
                try:
                    count = connection.send(data)
                except BlockingIOError:
                    count = 0
                except OSError:
                    connection.doomed = True
                    count = len(data)
                if self._access is not None:
                    self._log(connection, exchange, reply.status, len(body))
                if count == len(data):
                    connection.phase = _IDLE
                    connection.deadline = clock.now + self._idle_timeout
                    return leading
                connection.exchange = exchange
                connection.status = 0  # it is logged
                connection.last = False
                connection.unsent = memoryview(data)[count:]
                return self.pump(connection, leading)
        return self._reply_in_steps(connection, exchange, reply, leading)

    @property
    def date(self) -> bytes:
        """The Date field line of now."""
        self._clock.look()
        return self._clock.date

    def begin(self, connection: Connection, exchange: HTTPExchange, reply: Reply) -> None:
        """Prepare a reply for :meth:`pump`.

        Raises:
            ValueError: The reply cannot be sent as it is; the message is for the developer.
            TypeError: Likewise.
        """
        connection.exchange = exchange
        connection.exhausted = False
        begin_reply(connection, reply, self.stopping, self._clock.date)

    def _reply_in_steps(
        self, connection: Connection, exchange: HTTPExchange, reply: Reply, leading: bool
    ) -> bool:
        try:
            self.begin(connection, exchange, reply)
        except (TypeError, ValueError, OSError) as error:
            _close_body(reply)
            return self._reply_failed(connection, exchange, error, leading)
        return self.pump(connection, leading)

    def _reply_failed(
        self, connection: Connection, exchange: HTTPExchange, error: Exception, leading: bool
    ) -> bool:
        """Answer 500 for a reply that cannot be sent."""
        log_failure(exchange, error)
        connection.source = None
        connection.on_close = None
        return self._reply_in_steps(connection, exchange, FAILURE, leading)

    def pump(self, connection: Connection, leading: bool) -> bool:
        """Write until the reply is done or the socket is full; see :meth:`reply`."""
        try:
            while True:
                connection.flush()
                source = connection.source
                if source is None or connection.exhausted:
                    break
                exchange = connection.exchange
                assert exchange is not None, "a reply answers an exchange"
                guarded = leading and source.calls_application
                if guarded:
                    self._calls.append(exchange)
                failure: Exception | None = None
                try:
                    connection.exhausted = not source.advance(connection)
                except Exception as error:  # looked at below, once the lead is settled
                    failure = error
                if guarded:
                    leading = self._settle(exchange)
                if failure is not None:
                    raise failure
        except BlockingIOError:
            self.await_room(connection)
            return leading
        except OSError:
            connection.doomed = True
        except ApplicationError as error:
            return self._body_failed(connection, error, leading)
        return self.end(connection, leading)

    def _settle(self, exchange: HTTPExchange) -> bool:
        """Leave a guarded call; return whether the thread still has the lead."""
        try:
            self._calls.remove(exchange)
        except ValueError:
            self._lead.lost()
            self._clock.look()
            return False
        return True

    def await_room(self, connection: Connection) -> None:
        """Have it reported when the socket takes more."""
        connection.phase = Phase.WRITING
        connection.deadline = self._clock.now + self._write_timeout
        if not connection.waiting_write:
            connection.waiting_write = True
            self._poller.want_write(connection.descriptor, True)

    def _body_failed(self, connection: Connection, error: ApplicationError, leading: bool) -> bool:
        """The application's body broke off: an error where nothing is sent yet, else the end.

        The client of a reply that has begun can only be told by closing the connection before
        the body is complete.
        """
        exchange, source = connection.exchange, connection.source
        assert exchange is not None, "a body belongs to a reply"
        cause = error.__cause__
        log_failure(exchange, cause if isinstance(cause, Exception) else error)
        if isinstance(source, IterableSource) and not source.begun:
            reply_on_close = connection.on_close
            connection.source, connection.on_close = None, None
            leading = self._run_guarded(exchange, source.close, leading)
            if reply_on_close is not None:
                leading = self._run_guarded(exchange, reply_on_close, leading)
            connection.sent = 0
            return self._reply_in_steps(connection, exchange, FAILURE, leading)
        connection.doomed = True
        if connection.encrypted:
            connection.last = False  # an orderly end would pass the reply off as whole
        return self.end(connection, leading)

    def end(self, connection: Connection, leading: bool) -> bool:
        """Finish with a reply, whether or not all of it was sent; see :meth:`reply`."""
        exchange, source, on_close = connection.exchange, connection.source, connection.on_close
        assert exchange is not None, "a reply answers an exchange"
        connection.source = connection.on_close = None
        connection.unsent = connection.stream_head = b""
        if connection.status:
            if self._access is not None:
                self._log(connection, exchange, connection.status, connection.sent)
            connection.status = 0
        if connection.waiting_write:
            connection.waiting_write = False
            if not connection.closed:
                self._poller.want_write(connection.descriptor, False)
        if source is not None:
            leading = self._run_guarded(exchange, source.close, leading)
        if on_close is not None:
            leading = self._run_guarded(exchange, on_close, leading)
        exchange.discard()
        connection.exchange = None
        connection.phase = _IDLE
        connection.deadline = self._clock.now + self._idle_timeout
        if connection.last:
            connection.doomed = True
        return leading

    def _run_guarded(
        self, exchange: HTTPExchange, function: Callable[[], None], leading: bool
    ) -> bool:
        """Call code of the application that has no say in the reply any more."""
        if leading:
            self._calls.append(exchange)
        try:
            function()
        except Exception as error:  # the reply is out: all that is left is to tell the log
            log_failure(exchange, error)
        return self._settle(exchange) if leading else False

    def _log(self, connection: Connection, exchange: HTTPExchange, status: int, size: int) -> None:
        assert self._access is not None, "asked for only where there is an access log"
        self._access.log(
            exchange.method,
            exchange.target,
            exchange.http_version,
            exchange.peer,
            status,
            size,
            exchange.fields,
            time.monotonic() - connection.started,
        )


def log_failure(exchange: HTTPExchange, error: BaseException) -> None:
    """Log an exception that escaped from the application."""
    log.error(
        "The application failed on %s %s.",
        exchange.method,
        escape(str(exchange.target, "latin-1")),
        exc_info=error,
    )


def _close_body(reply: Reply) -> None:
    """Close a body that will not be sent."""
    close = getattr(reply.body, "close", None)
    if close is not None:
        close()
    if reply.on_close is not None:
        reply.on_close()

"""HTTP/1.1 without input or output: bytes in, exchanges out (RFC 9110, RFC 9112).

A :class:`RequestParser` is fed what a connection received and gathers finished requests in
``requests``. It touches no socket and no clock, and calls nobody but the function that says how
much body a request may carry. Parsing itself is llhttp's, through httptools, in its strict mode.

Representation: bytes throughout, as they came; only the method and the version are text.

What llhttp leaves to its user is checked here: sizes, versions, the Host field, expectations,
and transfer codings in HTTP/1.0.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol

import httptools

from samovar.exchange import BodyError, BodyPolicy, Exchange, RequestFields
from samovar.server.body import BodyCollector, open_stream, refuse
from samovar.server.environ import build_environ
from samovar.server.settings import Settings

_CHUNK_OVERHEAD = 16
"""Bytes of framing allowed for each byte of a chunked body: chunks of a single byte carry five,
the rest is room for small chunk extensions."""

_SPARE_OVERHEAD = 16_384
"""Bytes of framing allowed beyond that: the trailer section and one large chunk extension."""

_SLASH = ord("/")

_HOST = re.compile(
    rb"(?:(?:[A-Za-z0-9\-._~!$&'()*+;=]|%[0-9A-Fa-f]{2})+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?"
)
"""``uri-host [ ":" port ]`` (RFC 9110, section 7.2; RFC 3986, section 3.2). An http URI has a
host that is not empty (RFC 9110, section 4.2.1). A comma is valid in a registered name, but
stands for two joined Host lines far more often."""

_HTTP_URI = re.compile(rb"https?://([^/?#]+)(?:[/?]|$)", re.IGNORECASE)
"""The beginning of an http or https URI (RFC 9110, section 4.2), and its authority."""

_METHOD_END = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z ]")
"""A character of a method (RFC 9110, section 5.6.2), or the space after it."""

_FRAMING = frozenset((b"content-length", b"transfer-encoding"))
"""Fields that announce a body."""

_REMEMBERED = 2048
"""Bytes up to which a request is kept to be known again: the head of a browser with a cookie or
two. An open connection holds them, so this bounds what an idle one takes."""

_START = 16
"""Bytes kept of what a connection begins with: the longest method and a space."""


class RequestError(Exception):
    """A request that cannot be answered by the application; the connection closes after it.

    Attributes:
        status: The status code that says why.
        explanation: One sentence for whoever sent the request.
    """

    def __init__(self, status: int, explanation: str) -> None:
        super().__init__(explanation)
        self.status = status
        self.explanation = explanation


class Carrier(Protocol):
    """What an exchange asks of the connection that carries it."""

    peer: tuple[Any, ...] | str
    scheme: str
    busy: bool

    @property
    def local(self) -> tuple[str, int]:
        """Host and port that the request arrived at."""
        ...

    @property
    def multiprocess(self) -> bool:
        """Whether other processes share the listening socket."""
        ...

    def pass_lead(self, exchange: HTTPExchange) -> None:
        """Let another thread lead the loop from now on."""
        ...

    def receive_body(self, exchange: HTTPExchange) -> bytes:
        """Wait for the next piece of a streamed body; ``b""`` at its end."""
        ...

    def raw_socket(self, exchange: HTTPExchange) -> object:
        """Return the socket for a program that speaks another protocol after an upgrade."""
        ...


class HTTPExchange(Exchange):
    """One request as it came over HTTP/1.

    Attributes:
        keep_alive: Whether the connection may carry another request after this one.
        complete: Whether the whole message has arrived.
        delivered: Whether the request was handed over, which a streamed or refused body does
            not hold up.
        ordinary: Whether the reply needs no thought about framing: the request is one of
            HTTP/1.1 whose connection stays open, complete, not HEAD, and leaves no file.
        wants_continue: Whether the client waits for ``100 Continue`` before it sends the body.
        pieces: Pieces of a streamed body that nobody has read yet, or None where the body is
            not streamed.
        refusal: Why the body is not taken, or None.
        early: What came behind a request that offers an upgrade, for whom takes the connection
            over; None where nobody can, any more.
    """

    # PERF: what most requests never touch has its default here and not in __init__, which keeps
    # making an exchange at 0.17 us (0.35 us with all of it); see bench/profile.py.
    http_version = "1.1"
    keep_alive = True
    complete = True
    delivered = False
    ordinary = True
    wants_continue = False
    pieces: deque[bytes] | None = None
    refusal: BodyError | None = None
    early: bytes | None = None
    _length: int | None = 0
    _limit: int | None = None
    _collector: BodyCollector | None = None
    _file: BinaryIO | None = None
    _environ: dict[str, Any] | None = None

    def __init__(self, carrier: Carrier, target: bytes) -> None:
        self.carrier = carrier
        self.target = target
        self.fields = []
        self.peer = carrier.peer
        self.scheme = carrier.scheme

    @property
    def body(self) -> BinaryIO:
        """The message body as a readable binary file; see :attr:`Exchange.body`."""
        if self._file is None:
            self._file = self._open()
        return self._file

    def _open(self) -> BinaryIO:
        if self.refusal is not None:
            return refuse(self.refusal)
        if self.pieces is not None:
            return open_stream(lambda: self.carrier.receive_body(self))
        return (self._collector or BodyCollector(0)).open()

    @property
    def content_length(self) -> int | None:
        """The body's length in bytes: 0 without a body, None while it is not known."""
        if self._length is None and self.complete and self._collector is not None:
            return self._collector.size
        return self._length

    def environ(self) -> dict[str, Any]:
        """Return the WSGI environ of this request, made at the first call."""
        if self._environ is None:
            carrier = self.carrier
            self._environ = build_environ(
                self, server=carrier.local, multithread=True, multiprocess=carrier.multiprocess
            )
            if self.early is not None:
                self._environ["werkzeug.socket"] = carrier.raw_socket(self)
        return self._environ

    def about_to_block(self) -> None:
        """Let another thread carry on with the other connections."""
        self.carrier.pass_lead(self)

    def expect_body(self, length: int | None, policy: BodyPolicy, max_memory: int) -> None:
        """Prepare for a body.

        Args:
            length: Its length in bytes, or None where it is chunked.
            policy: How much of it the handler takes, and how.
            max_memory: The most bytes kept in memory.
        """
        self._length = length
        self._limit = policy.limit
        self.complete = self.ordinary = False
        if policy.limit is not None and length is not None and length > policy.limit:
            self.refuse(413, f"the body has {length} bytes, but {policy.limit} are allowed")
        elif policy.stream:
            self.pieces = deque()
        else:
            self._collector = BodyCollector(max_memory)

    def add_body(self, data: bytes, size: int) -> None:
        """Take a piece of the body, which then has ``size`` bytes.

        Raises:
            OSError: The temporary file for it cannot be written.
        """
        if self.refusal is not None:
            return
        if self._limit is not None and size > self._limit:
            self.refuse(413, f"the body has more than the {self._limit} bytes allowed")
        elif self._collector is not None:
            self._collector.write(data)
        elif self.pieces is not None:
            self.pieces.append(data)

    def refuse(self, status: int, message: str) -> None:
        """Take no (more) body: whoever reads it gets a BodyError."""
        self.refusal = BodyError(status, message)
        self.keep_alive = self.ordinary = False
        self.wants_continue = False
        self.discard()

    def discard(self) -> None:
        """Forget the body, whatever of it has come, and what came behind it."""
        self.pieces = self.early = None
        if self._collector is not None:
            self._collector.discard()
            self._collector = None

    @property
    def spooled(self) -> bool:
        """Whether the body is in a temporary file, which :meth:`discard` closes."""
        return self._collector is not None and self._collector.spooled

    @property
    def held_up(self) -> bool:
        """Whether the request must wait for its body before it can be handed over."""
        return self._collector is not None


PolicyOf = Callable[[Exchange], BodyPolicy]


class RequestParser:
    """Turns the bytes of one connection into exchanges.

    Its ``on_...`` methods are httptools' callbacks; the caller uses :meth:`feed` and the
    attributes.

    Args:
        carrier: The connection, which the exchanges refer to.
        settings: For its limits.
        policy_of: Asked once for each request that announces a body.

    Attributes:
        requests: Requests ready to be answered, oldest first; the caller takes them out.
        current: The request that is arriving, or None between two.
        body_size: Bytes of body that the latest request with one has brought so far.
        head_size: Bytes of a head that has begun and not ended, 0 outside of one.
        in_body: Whether the body of a request is arriving.
        error: Why the bytes are no valid request; nothing more is parsed after it.
        exchange_type: What requests are made as.
        finished: Whether the client has said that its last request is complete; what follows
            is ignored.
    """

    __slots__ = (
        "_approved_host",
        "_began_inside",
        "_carrier",
        "_fields",
        "_last",
        "_max_fields",
        "_max_head",
        "_max_target",
        "_parser",
        "_policy_of",
        "_repeatable",
        "_repeated",
        "_settings",
        "_start",
        "_wire_size",
        "body_size",
        "current",
        "error",
        "finished",
        "head_size",
        "in_body",
        "requests",
    )

    exchange_type = HTTPExchange

    def __init__(self, carrier: Carrier, settings: Settings, policy_of: PolicyOf) -> None:
        # For the connection.
        self._carrier = carrier
        self._settings = settings
        self._max_head = settings.max_head
        self._max_target = settings.max_target
        self._max_fields = settings.max_fields
        self._policy_of = policy_of
        self._parser = httptools.HttpRequestParser(self)
        self._approved_host: bytes | None = None
        self._start = b""
        self._last = b""
        self._repeatable: bytes | None = None
        self._repeated: tuple[str, bytes, RequestFields] = ("", b"", [])
        self._began_inside = False
        self.requests: deque[HTTPExchange] = deque()
        self.error: RequestError | None = None
        self.finished = False
        # For the request at hand.
        self.current: HTTPExchange | None = None
        self._fields: list[tuple[bytes, bytes]] = []
        self.head_size = 0
        self._wire_size = 0
        self.body_size = 0
        self.in_body = False

    @property
    def is_head(self) -> bool:
        """Whether the request that is arriving is known to be a HEAD."""
        return self.current is not None and self._parser.get_method() == b"HEAD"

    def feed(self, data: bytes) -> None:
        """Parse what was received; look at ``requests`` and ``error`` afterwards."""
        if data == self._repeatable:
            self._repeat()
            return
        self._repeatable = None
        while self.error is None and not self.finished:
            if len(self._start) < _START:
                more = data if self._start else data.lstrip(b"\r\n")
                self._start += more[: _START - len(self._start)]
            self._began_inside = False
            if len(data) > self._max_head:
                self.head_size = len(data)  # have the end of the head measure it
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = self._pass_over_upgrade(data[upgrade.args[0] :])
                if data:
                    continue
            except httptools.HttpParserCallbackError as wrapper:
                # The cause is our own: raised by one of the callbacks below.
                cause = wrapper.__context__
                self.error = cause if isinstance(cause, RequestError) else _own_failure(cause)
            except httptools.HttpParserError as error:
                if not self.finished:
                    self.error = self._explain(error)
            else:
                # PERF: a request that comes in one piece, as nearly all do, costs two tests here.
                if self.current is not None or not self.requests:
                    self._measure(len(data))
                elif len(self.requests) == 1 and len(data) <= _REMEMBERED:
                    if data == self._last:
                        self._remember(data, self.requests[0])
                    else:
                        self._last = data
            return

    def _remember(self, data: bytes, exchange: HTTPExchange) -> None:
        """Keep a request that came twice, if the bytes were it and nothing else.

        PERF: a client that asks the same again on its connection, as one that polls does, is
        read in 0.4 us instead of 1.2 us; `python -m bench.parts` shows both. A client whose
        requests differ pays 0.1 us, for keeping the bytes until the next request.
        """
        if (
            exchange.ordinary
            and not exchange.content_length
            and data.endswith(b"\r\n\r\n")
            and data.startswith(b"%b %b HTTP/1.1\r\n" % (exchange.method.encode(), exchange.target))
        ):
            self._repeatable = data
            self._repeated = (exchange.method, exchange.target, exchange.fields.copy())

    def _repeat(self) -> None:
        """Make a request of what the same bytes were parsed to.

        llhttp stands between two messages, since the bytes remembered end with a head that has
        no body; so they mean the same again.
        """
        method, target, fields = self._repeated
        exchange = HTTPExchange(self._carrier, target)
        exchange.method = method
        exchange.fields = fields.copy()
        self.requests.append(exchange)

    # What httptools calls.

    def on_url(self, fragment: bytes) -> None:
        """Begin a request, or continue its target."""
        exchange = self.current
        if exchange is None:
            self.current = exchange = self.exchange_type(self._carrier, fragment)
            self._fields = exchange.fields
        else:
            exchange.target += fragment

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field line, of the head or of the trailer section."""
        self._fields.append((name.lower(), value.rstrip()))

    def on_headers_complete(self) -> None:
        """Check the head and decide about the body."""
        exchange = self.current
        assert exchange is not None, "llhttp reports the target before the end of the head"
        fields = exchange.fields
        parser = self._parser
        try:
            method = exchange.method = _METHODS[parser.get_method()]
        except KeyError:
            raise _unknown_method() from None
        if len(exchange.target) > self._max_target:
            raise _target_too_long(self._max_target)
        if len(fields) > self._max_fields:
            raise RequestError(431, f"There are more than {self._max_fields} field lines.")
        if self.head_size:
            self._check_head_size(exchange)
        named = dict(fields)
        host = named.get(b"host")
        if host is None or host != self._approved_host or len(named) != len(fields):
            self._check_host(exchange, host)
        # Without a Connection field only HTTP/1.1 keeps the connection open.
        # PERF: that saves asking for the version, which httptools formats anew (0.2 us).
        if b"connection" in named or not parser.should_keep_alive():
            self._check_persistence(exchange, named)
        if method == "HEAD":
            exchange.ordinary = False
        elif method == "CONNECT":
            raise RequestError(501, "CONNECT is for proxies, and this is an origin server.")
        if exchange.target[0] != _SLASH or b"#" in exchange.target:
            _check_target(exchange)
        if b"expect" in named:
            _check_expectation(exchange)
        if b"content-length" in named or b"transfer-encoding" in named:
            self._expect_body(exchange, named)

    def on_body(self, data: bytes) -> None:
        """Take a piece of the body."""
        exchange = self.current
        assert exchange is not None, "llhttp reports a body only within a message"
        self.body_size += len(data)
        if self.body_size > self._settings.max_body:
            raise _too_large(self._settings.max_body)
        try:
            exchange.add_body(data, self.body_size)
        except OSError as error:
            exchange.discard()
            raise RequestError(507, "The server has no room to store the body.") from error
        if not exchange.delivered and not exchange.held_up:
            self._deliver(exchange)

    def on_message_complete(self) -> None:
        """Hand over the request."""
        exchange = self.current
        assert exchange is not None, "llhttp reports the end of a message that began"
        self.current = None
        self._began_inside = True
        if self.in_body:
            self.in_body = False
            exchange.complete = True
            exchange.ordinary = (
                exchange.keep_alive and exchange.http_version == "1.1" and not exchange.spooled
            )
        self.head_size = 0
        if not exchange.keep_alive:
            self.finished = True
        if not exchange.delivered:
            self.requests.append(exchange)

    # Parts of the above that only some requests need.

    def _check_head_size(self, exchange: HTTPExchange) -> None:
        """Measure the head exactly, where what was fed is over the limit or came in pieces."""
        if _size_of_head(exchange) > self._settings.max_head:
            raise RequestError(431, f"The head is over {self._settings.max_head} bytes.")

    def _check_persistence(self, exchange: HTTPExchange, named: dict[bytes, bytes]) -> None:
        version = exchange.http_version = self._parser.get_http_version()
        exchange.keep_alive = self._parser.should_keep_alive()
        if version != "1.1":
            _check_version(version, named)
        exchange.ordinary = exchange.keep_alive and version == "1.1"

    def _check_host(self, exchange: HTTPExchange, host: bytes | None) -> None:
        """RFC 9112, section 3.2: exactly one valid Host field in HTTP/1.1.

        Called where a field is there twice, too. Two types of one body are as dangerous as two
        hosts: who filters requests may look at the other one (RFC 9110, section 5.3).
        """
        names = [name for name, _ in exchange.fields]
        if names.count(b"content-type") > 1:
            raise RequestError(400, "There is more than one Content-Type field.")
        if host is None:
            if self._parser.get_http_version() == "1.1":
                raise RequestError(400, "The Host field is missing.")
            return
        if names.count(b"host") > 1:
            raise RequestError(400, "There is more than one Host field.")
        if not _HOST.fullmatch(host):
            raise RequestError(400, "The Host field is no valid host and port.")
        self._approved_host = host

    def _expect_body(self, exchange: HTTPExchange, named: dict[bytes, bytes]) -> None:
        length = _body_length(exchange, named)
        self._fields = []  # what comes after the body is the trailer section, which is dropped
        self._wire_size = self.body_size = 0
        self.head_size = 0
        self.in_body = True
        if length == 0:
            return
        if length is not None and length > self._settings.max_body:
            raise _too_large(self._settings.max_body)
        if b"expect" in named and exchange.http_version == "1.1":
            exchange.wants_continue = True
        exchange.expect_body(length, self._policy_of(exchange), self._settings.max_memory_body)
        if not exchange.held_up:
            self._deliver(exchange)

    def _deliver(self, exchange: HTTPExchange) -> None:
        exchange.delivered = True
        self.requests.append(exchange)

    def _measure(self, received: int) -> None:
        """Bound what an unfinished message may take."""
        settings = self._settings
        exchange = self.current
        if self._began_inside:
            received = 1  # the rest belongs to earlier messages
        if self.in_body:
            self._wire_size += received
            framing = self._wire_size - self.body_size
            allowed = _SPARE_OVERHEAD + _CHUNK_OVERHEAD * self.body_size
            # What came together with the head's end counts the head, too.
            if framing > allowed and exchange and framing - _size_of_head(exchange) > allowed:
                self.error = RequestError(400, "The chunked body is mostly framing.")
            return
        self.head_size += received
        if exchange is not None and len(exchange.target) > settings.max_target:
            self.error = _target_too_long(settings.max_target)
        elif self.head_size > settings.max_head:
            self.error = RequestError(431, f"The head is over {settings.max_head} bytes.")

    def _pass_over_upgrade(self, rest: bytes) -> bytes:
        """Take a request that offers an upgrade as the plain request it also is.

        RFC 9110, section 7.8: a server may ignore Upgrade. It is the application's to accept,
        by taking the connection over (:mod:`samovar.server.takeover`).

        Args:
            rest: What was received behind the head; llhttp stops there.

        Returns:
            What is to be parsed next.
        """
        self._parser = httptools.HttpRequestParser(self)
        exchange = self.requests[-1]
        if not any(name in _FRAMING for name, _ in exchange.fields):
            exchange.ordinary = False
            exchange.early = rest
            return rest
        # There is a body behind it, whatever llhttp thinks: parse it anew without the offer.
        self.requests.pop()
        self.finished = False
        head = [f"{exchange.method} ".encode(), exchange.target, b" HTTP/1.1\r\n"]
        for name, value in exchange.fields:
            if name != b"upgrade":
                head += (name, b": ", value, b"\r\n")
        return b"".join((*head, b"\r\n", rest))

    def _explain(self, error: httptools.HttpParserError) -> RequestError:
        """Turn llhttp's word into a status and a sentence."""
        reason = str(error)
        if isinstance(error, httptools.HttpParserInvalidMethodError):
            return _explain_method(self._start)
        if reason.startswith("Invalid method for HTTP"):
            return _unknown_method()
        if reason.startswith(("Invalid HTTP version", "Pause on PRI")):
            return RequestError(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
        if reason == "Request has invalid `Transfer-Encoding`":
            return RequestError(501, "The only transfer coding known here is chunked.")
        return RequestError(400, reason.replace("`", "'") + ".")


def _check_version(version: str, named: dict[bytes, bytes]) -> None:
    if version != "1.0":
        raise RequestError(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
    if b"transfer-encoding" in named:
        # RFC 9112, section 6.1: "MUST treat the message as if the framing is faulty".
        raise RequestError(400, "HTTP/1.0 has no transfer codings.")


def _check_expectation(exchange: HTTPExchange) -> None:
    """RFC 9110, section 10.1.1: only 100-continue can be met; HTTP/1.0 has no expectations."""
    for name, value in exchange.fields:
        if name == b"expect" and value.lower() != b"100-continue":
            if exchange.http_version == "1.1":
                raise RequestError(417, "The only expectation known here is 100-continue.")


def _size_of_head(exchange: HTTPExchange) -> int:
    """Return the bytes of a head, without spaces around its values."""
    size = len(exchange.method) + len(exchange.target) + 12
    for name, value in exchange.fields:
        size += len(name) + len(value) + 4
    return size


def _body_length(exchange: HTTPExchange, named: dict[bytes, bytes]) -> int | None:
    """Return the length that the head announces, None where the body is chunked."""
    coding = named.get(b"transfer-encoding")
    if coding is None:
        return int(named[b"content-length"])
    lines = [value for name, value in exchange.fields if name == b"transfer-encoding"]
    if len(lines) > 1 or coding.lower() != b"chunked":
        raise RequestError(501, "The only transfer coding known here is chunked.")
    return None


def _check_target(exchange: HTTPExchange) -> None:
    """RFC 9112, section 3.2: what is no path is a URI, or the asterisk for OPTIONS alone.

    A fragment is no part of any form, and clients keep it to themselves. Others cut it off;
    section 3 advises against mending what may be made to slip past a filter on its way.
    """
    target = exchange.target
    if b"#" in target:
        raise RequestError(400, "The request target has a fragment.")
    if uri := _HTTP_URI.match(target):
        # Userinfo in it misleads about the host (RFC 9110, section 4.2.4).
        if not _HOST.fullmatch(uri[1]):
            raise RequestError(400, "The request target has no valid host and port.")
        if target[4:5] in b"sS" and exchange.scheme != "https":
            # RFC 9110, section 7.4: such a request "MUST be rejected", unless a trusted gateway
            # vouches for it, which has made its scheme https by now.
            raise RequestError(421, "This connection is not secured: https must not be asked for.")
    elif target != b"*" or exchange.method != "OPTIONS":
        raise RequestError(400, "The request target is neither a path nor an http URI.")


def _explain_method(start: bytes) -> RequestError:
    """Tell an unknown method from what cannot be one, by the byte that llhttp stopped at.

    Args:
        start: What the connection began with. Where its first request was fine and a later one
            is at fault, that byte is the space after a known method.
    """
    end = 0
    while any(method.startswith(start[: end + 1]) for method in _METHODS) and end < len(start):
        end += 1
    if _METHOD_END.match(start, end) and start[:1] != b" ":
        return _unknown_method()
    return RequestError(400, "This is no HTTP request.")


def _unknown_method() -> RequestError:
    return RequestError(501, "The request method is not known here.")


def _target_too_long(limit: int) -> RequestError:
    return RequestError(414, f"The request target is over {limit} bytes.")


def _too_large(limit: int) -> RequestError:
    return RequestError(413, f"The body is over the {limit} bytes that this server takes.")


def _own_failure(cause: BaseException | None) -> RequestError:
    """An exception in a callback which is no verdict on the request: a defect of ours."""
    error = RequestError(500, "The server failed to read the request.")
    error.__cause__ = cause
    return error


_METHODS = {
    name.encode(): name
    for name in (
        "ACL BIND CHECKOUT CONNECT COPY DELETE GET HEAD LINK LOCK MERGE MKACTIVITY MKCALENDAR"
        " MKCOL MOVE M-SEARCH NOTIFY OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND"
        " REPORT SEARCH SUBSCRIBE TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE"
    ).split()
}
"""The methods that llhttp knows for HTTP, as text. It also knows those of RTSP and Icecast."""

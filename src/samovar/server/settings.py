"""What an operator can set about the server, with the reason for each default."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from samovar.server.forwarded import UNIX, check_kinds, parse_network
from samovar.server.place import parse_place

AccessLogFormat = Literal["off", "plain", "common", "combined", "json"]
PollerName = Literal["auto", "epoll", "selectors"]


@dataclass(frozen=True)
class Settings:
    """How to listen, how many threads and processes to use, and how much a client may ask for.

    All times are in seconds, all sizes in bytes.

    Attributes:
        host: The interface to listen on; ``""`` means all of them.
        port: The port to listen on; 0 lets the system choose one.
        bind: Where to listen instead of ``host`` and ``port``, as many places as are wanted:
            ``"127.0.0.1:8000"``, ``":8000"`` for all interfaces, ``"[::1]:8000"``,
            ``"unix:/run/shop.sock"``, ``"fd://3"`` or ``"fd://NAME"`` for a socket that was
            passed to the process. Where it is empty, sockets passed by systemd come first.
        unix_mode: Who may connect to a Unix socket, as permission bits: by default its user and
            group, for whoever connects may claim to be the proxy.
        cert: The file with the certificate and those that lead to its authority (PEM);
            ``"adhoc"`` for one that is made up, for development. The server then speaks TLS on
            its TCP ports; Unix sockets stay plain, for nobody listens in between.
        key: The file with its private key, or ``""`` where it is in the same file.
        trusted_proxies: Whose word counts about where a request came from: addresses, networks
            (``"10.0.0.0/8"``), and ``"unix"`` for who connects to a Unix socket. Nobody's by
            default.
        proxy_fields: What of their word counts: ``for``, ``proto``, ``host``, ``port`` and
            ``prefix`` of ``X-Forwarded-...``, or ``forwarded`` alone for the field Forwarded.
            Empty means the first five, or Forwarded where none of these is there.
        workers: How many processes share the listening sockets.
        supervise: Whether a single worker gets a supervisor too, which replaces it when it
            crashes and on SIGHUP. Several workers always have one.
        worker_timeout: For the loop of a worker to come round; a worker that is silent for
            longer is replaced. Views that wait do not stop the loop, so this is met only where
            code written in C never returns, or where every thread is taken by a view. 0 means
            never. A minute is longer than any pause that an honest program makes.
        max_requests: After how many requests a worker is replaced, against memory that leaks;
            0 means never, for most programs do not leak.
        max_requests_jitter: By how many requests at most that is varied, so that workers which
            started together are not replaced together.
        preload: Whether the application is loaded once, before the workers are forked. They
            share its memory, and whatever else it opened while it loaded; SIGHUP then loads no
            new code.
        pidfile: The file for the number of the process to send signals to, or ``""``.
        user: The user to become before the application is loaded, by name or number, or ``""``.
        group: The group, likewise; by default the first one of ``user``.
        threads: The most threads a process uses for views. One of them leads the loop; the
            others exist only while views block.
        access_log: The format of the access log, or ``"off"``.
        header_timeout: For the whole head of a request, from its first byte. An honest client
            sends it at once; the figure leaves room for a bad mobile link.
        idle_timeout: For the next request on an open connection. Longer than the 60 s after
            which common proxies stop reusing a connection, so that they never meet a close.
        body_timeout: Between two pieces of a request body.
        body_grace: For a request body before its rate counts: time for a slow start.
        min_body_rate: Bytes of a request body per second that a client must reach on average
            after that. Far below any real link; it ends clients that send a byte now and then.
        write_timeout: Between two pieces of a reply that the client accepts.
        graceful_timeout: For requests in flight when the server stops.
        stream_grace: For replies without a known length when the server stops, since they may
            have no end. Event streams certainly have none, and are ended at once.
        max_target: Of the request target; over it: 414.
        max_head: Of the request line and all field lines together; over it: 431.
        max_fields: The number of field lines; over it: 431.
        max_body: Of a request body, whatever the application allows; over it: 413.
        max_memory_body: Of a request body kept in memory; a larger one goes to a temporary
            file. One piece of an ordinary form or API call fits.
        max_connections: The number of open connections; beyond it new ones wait in the
            system's queue.
        max_requests_per_connection: After how many requests a connection is closed; 0 means
            never, for what a connection holds does not grow with its requests, and a new one
            costs the client a round trip.
        poller: How to wait for sockets: ``"epoll"``, ``"selectors"`` or whichever fits.
    """

    host: str = "127.0.0.1"
    port: int = 5000
    bind: tuple[str, ...] = ()
    unix_mode: int = 0o660
    cert: str = ""
    key: str = ""
    trusted_proxies: tuple[str, ...] = ()
    proxy_fields: tuple[str, ...] = ()
    workers: int = 1
    supervise: bool = False
    worker_timeout: float = 60.0
    max_requests: int = 0
    max_requests_jitter: int = 0
    preload: bool = False
    pidfile: str = ""
    user: str = ""
    group: str = ""
    threads: int = 128
    access_log: AccessLogFormat = "plain"
    header_timeout: float = 20.0
    idle_timeout: float = 75.0
    body_timeout: float = 30.0
    body_grace: float = 20.0
    min_body_rate: int = 500
    write_timeout: float = 60.0
    graceful_timeout: float = 30.0
    stream_grace: float = 5.0
    max_target: int = 8190
    max_head: int = 65_536
    max_fields: int = 100
    max_body: int = 1 << 30
    max_memory_body: int = 1 << 20
    max_connections: int = 10_000
    max_requests_per_connection: int = 0
    poller: PollerName = "auto"

    def __post_init__(self) -> None:
        """Refuse values that cannot work.

        Raises:
            ValueError: The value is out of range; the message names it and what to write.
        """
        for names, fits, demand in _DEMANDS:
            for name in names:
                value = getattr(self, name)
                if not fits(value):
                    default = Settings.__dataclass_fields__[name].default
                    raise ValueError(
                        f"{name} is {value!r}, but it must be {demand}:"
                        f" write for instance {name}={default!r}."
                    )
        if not 0 <= self.port <= 65_535:
            raise ValueError(
                f"port is {self.port!r}, but a port is a number from 0 to 65535:"
                " write for instance port=5000."
            )
        for name in ("bind", "trusted_proxies", "proxy_fields"):
            if isinstance(getattr(self, name), str):
                value = getattr(self, name)
                raise ValueError(f"{name} is {value!r}, but it must be a tuple: ({value!r},).")
        for text in self.bind:
            parse_place(text)
        for text in self.trusted_proxies:
            if text != UNIX:
                parse_network(text)
        check_kinds(self.proxy_fields)
        if self.key and not self.cert:
            raise ValueError(
                f"key is {self.key!r}, but no certificate is given: write for instance"
                " cert='cert.pem' beside it."
            )

    @property
    def supervised(self) -> bool:
        """Whether the application is served by processes below a supervisor."""
        return self.supervise or self.preload or self.workers > 1 or self.max_requests > 0


_DEMANDS: tuple[tuple[tuple[str, ...], Callable[[float], bool], str], ...] = (
    (
        ("workers", "threads", "min_body_rate", "max_target", "max_head", "max_connections"),
        lambda value: value >= 1,
        "at least 1",
    ),
    (
        ("header_timeout", "idle_timeout", "body_timeout", "write_timeout"),
        lambda value: value > 0,
        "more than 0",
    ),
    (
        (
            "worker_timeout",
            "max_requests",
            "max_requests_jitter",
            "body_grace",
            "graceful_timeout",
            "stream_grace",
            "max_fields",
            "max_body",
            "max_memory_body",
            "max_requests_per_connection",
        ),
        lambda value: value >= 0,
        "at least 0",
    ),
)

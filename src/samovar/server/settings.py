"""What an operator can set about the server, with the reason for each default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AccessLogFormat = Literal["off", "plain", "common", "combined", "json"]
PollerName = Literal["auto", "epoll", "selectors"]


@dataclass(frozen=True)
class Settings:
    """How to listen, how many threads and processes to use, and how much a client may ask for.

    All times are in seconds, all sizes in bytes.

    Attributes:
        host: The interface to listen on; ``""`` means all of them.
        port: The port to listen on; 0 lets the system choose one.
        workers: How many processes share the listening sockets.
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
        max_target: Of the request target; over it: 414.
        max_head: Of the request line and all field lines together; over it: 431.
        max_fields: The number of field lines; over it: 431.
        max_body: Of a request body, whatever the application allows; over it: 413.
        max_memory_body: Of a request body kept in memory; a larger one goes to a temporary
            file. One piece of an ordinary form or API call fits.
        max_connections: The number of open connections; beyond it new ones wait in the
            system's queue.
        poller: How to wait for sockets: ``"epoll"``, ``"selectors"`` or whichever fits.
    """

    host: str = "127.0.0.1"
    port: int = 5000
    workers: int = 1
    threads: int = 128
    access_log: AccessLogFormat = "plain"
    header_timeout: float = 20.0
    idle_timeout: float = 75.0
    body_timeout: float = 30.0
    body_grace: float = 20.0
    min_body_rate: int = 500
    write_timeout: float = 60.0
    graceful_timeout: float = 30.0
    max_target: int = 8190
    max_head: int = 65_536
    max_fields: int = 100
    max_body: int = 1 << 30
    max_memory_body: int = 1 << 20
    max_connections: int = 10_000
    poller: PollerName = "auto"

    def __post_init__(self) -> None:
        """Refuse values that cannot work.

        Raises:
            ValueError: The value is out of range; the message names it and what to write.
        """
        for name in _AT_LEAST_ONE:
            if getattr(self, name) < 1:
                raise ValueError(
                    f"{name} is {getattr(self, name)!r}, but it must be at least 1:"
                    f" write for instance {name}={Settings.__dataclass_fields__[name].default!r}."
                )
        if not 0 <= self.port <= 65_535:
            raise ValueError(
                f"port is {self.port!r}, but a port is a number from 0 to 65535:"
                " write for instance port=5000."
            )


_AT_LEAST_ONE = (
    "workers",
    "threads",
    "min_body_rate",
    "max_target",
    "max_head",
    "max_connections",
)

"""Types shared by the whole benchmark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
APPS = BENCH / "apps"
RESULTS = BENCH / "results"
CACHE = ROOT / ".cache" / "bench"
VENV = ROOT / ".cache" / "bench-venv"
FILES = CACHE / "files"

FLOOR = "floor"
"""Name of the peer that every CPU figure is compared with."""
US = "samovar"
"""Name of the peer that is us."""


class Request(NamedTuple):
    """One request, sent again and again.

    A server may remember a request that comes again unchanged on its connection. With
    ``targets`` every request of a connection is another one, as they mostly are in use.

    Attributes:
        path: The request target.
        method: The request method.
        headers: Field lines beside Host, and beside Content-Length where there is a body.
        body: The message body.
        targets: Request targets to take in turn instead of ``path``, or none.
    """

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = {}
    body: bytes = b""
    targets: tuple[str, ...] = ()


class Response(NamedTuple):
    """One answer, as the check before a measurement sees it. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Kind(Enum):
    """How a workload is measured; :mod:`bench.measure` has a function for each."""

    LOAD = "wrk sends requests, the server's CPU time is divided by their number"
    BESIDE = "the same while other connections keep a slow view busy"
    CONNECTIONS = "memory that idle keep-alive connections take"
    IDLE = "what a server does while nobody calls"
    START = "time from starting the command to the first answer"
    IMPORT = "CPU time to import the framework, bare interpreter deducted"


class Figure(NamedTuple):
    """A kind of number that a measurement yields.

    Attributes:
        key: Its name in the JSON.
        title: Its column's head, with the unit.
        digits: Digits after the point.
        less_is_better: Whether the smallest wins.
    """

    key: str
    title: str
    digits: int = 1
    less_is_better: bool = True


CPU = Figure("cpu_us", "CPU µs/request")
RATE = Figure("rate", "requests/s", 0, less_is_better=False)
P50 = Figure("p50_ms", "p50 ms", 2)
P99 = Figure("p99_ms", "p99 ms", 2)
MEMORY = Figure("memory_mib", "memory MiB")
PER_CONNECTION = Figure("kib_per_connection", "KiB/connection", 2)
IDLE_CPU = Figure("idle_cpu_ms_per_s", "CPU ms per idle second", 2)
WAKEUPS = Figure("wakeups_per_s", "wake-ups per idle second")
START = Figure("start_ms", "start to first answer ms", 0)
IMPORT = Figure("import_ms", "import ms", 0)

HTTP_FIGURES = (CPU, RATE, P50, P99, MEMORY)

Check = Callable[[Response], bool]
Prepare = Callable[[Request, Response], Request]
Measurement = dict[str, float]
"""Figures by key, and ``"errors"``: how many requests of a measurement failed."""


@dataclass(frozen=True)
class Workload:
    """One kind of work, the same for every peer.

    Attributes:
        name: Short name for the command line and the JSON.
        title: What the table says.
        request: What is sent.
        check: Whether an answer to ``request`` is right; asked once before measuring.
        kind: How it is measured.
        connections: How many connections are open at once.
        figures: What is reported; the first one ranks the servers and is compared.
        prepare: Makes the request that is measured out of the first answer (a cookie, an ETag).
        variant: What the app programs find in ``BENCH_VARIANT``: ``plain``, ``routes`` (a
            thousand of them) or ``hooks`` (five, and a blueprint).
        threads: How many threads a server gets that must be told so.
        beside: What the other connections of a ``BESIDE`` workload ask for.
        beside_connections: How many of them there are.
    """

    name: str
    title: str
    request: Request
    check: Check
    kind: Kind = Kind.LOAD
    connections: int = 64
    figures: tuple[Figure, ...] = HTTP_FIGURES
    prepare: Prepare | None = None
    variant: str = "plain"
    threads: int = 1
    beside: Request | None = None
    beside_connections: int = 0


@dataclass(frozen=True)
class Peer:
    """A server with an app in it.

    Attributes:
        name: Short name for the command line and the JSON.
        title: What the table says.
        command: The command line; ``{port}``, ``{threads}``, ``{bin}`` (the virtual environment's
            programs), ``{apps}``, ``{cache}`` and ``{root}`` are filled in.
        offers: Names of the workloads that it can do.
        packages: What pip installs for it; ``{root}`` is filled in.
        program: A program of the system that it needs, or "".
        module: What is imported for the import time, or "".
        environ: Variables set for its process.
    """

    name: str
    title: str
    command: tuple[str, ...]
    offers: frozenset[str]
    packages: tuple[str, ...] = ()
    program: str = ""
    module: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)


class Trouble(Exception):
    """A peer that cannot be measured; the text says why and goes into the report."""

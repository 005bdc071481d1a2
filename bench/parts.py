"""What the parts of one request cost, without the kernel: ``python -m bench.parts [WORKLOAD ...]``.

The real loop, parser and app serve a connection whose socket is a stand-in that costs next to
nothing, so that parts too small for a profiler can be timed, and the same again after a change:
the best of many repeats hardly depends on what else the machine does.
"""

from __future__ import annotations

import argparse
import cProfile
import importlib
import itertools
import math
import os
import pstats
import sys
import timeit
from collections.abc import Callable, Sequence
from typing import Any, cast

from bench.model import APPS, FILES, Request, Response, Trouble, Workload
from bench.run import choose
from bench.workloads import WORKLOADS
from samovar.exchange import Handler, Reply
from samovar.handler import AppHandler
from samovar.server.connection import Connection
from samovar.server.http1 import HTTPExchange
from samovar.server.loop import Loop
from samovar.server.newcomers import Newcomers
from samovar.server.settings import Settings
from samovar.server.wsgi import WSGIHandler

_WARM = 500  # calls before; endpoints' run times and caches have settled by then
_SERIES = 0.001  # seconds that a series of calls takes: few are disturbed, even on a busy machine
_REPEATS = 500
_SHOWN = 40
_ANOTHER = Request("/", targets=tuple(f"/{n}" for n in range(1_000)))

Requests = Sequence[bytes]
"""Encoded requests, sent in turn."""


def _nothing(calls: int) -> None:
    pass


class StandIn:
    """A socket at which the next of some requests arrives whenever it is read.

    Attributes:
        sent: What was written last.
    """

    def __init__(self, requests: Requests) -> None:
        self._requests = itertools.cycle(requests)
        self.sent = b""

    def fileno(self) -> int:
        """Return a descriptor that no system call will see."""
        return 2**20

    def recv(self, size: int) -> bytes:
        """Return the next request."""
        return next(self._requests)

    def send(self, data: bytes) -> int:
        """Take everything."""
        self.sent = data
        return len(data)

    def getsockname(self) -> tuple[str, int]:
        """Return where the request arrived."""
        return "127.0.0.1", 80


class OneThread(Connection):
    """A connection whose requests never hand on the lead: there is nobody to take it."""

    __slots__ = ()

    def pass_lead(self, exchange: HTTPExchange) -> None:
        """Do nothing."""


class Constant:
    """A handler that costs nothing: what remains is the server."""

    def __init__(self) -> None:
        self._reply = Reply(200, (("Content-Type", "text/html; charset=utf-8"),), b"Hello, World!")

    def handle(self, exchange: Any) -> Reply:
        """Answer every request alike."""
        return self._reply

    def body_policy(self, exchange: Any) -> Any:
        """Not asked: no request has a body here."""
        raise NotImplementedError

    def caught_blocking(self, exchange: Any) -> None:
        """Not called: no watchdog runs here."""
        raise NotImplementedError


def main(arguments: Sequence[str] | None = None) -> int:
    """Time, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.parts", description=__doc__)
    parser.add_argument("workloads", nargs="*", default=["hello", "user"])
    parser.add_argument("--functions", action="store_true", help="list functions, by cProfile")
    options = parser.parse_args(arguments)
    try:
        workloads = choose(WORKLOADS, ",".join(options.workloads), "workload")
    except Trouble as trouble:
        print(f"bench.parts: {trouble}", file=sys.stderr)
        return 1
    variants = {workload.variant for workload in workloads}
    if len(variants) > 1:
        parser.error(f"these workloads want the app in {len(variants)} variants: one at a time")
    os.environ |= {"BENCH_VARIANT": variants.pop(), "BENCH_FILES": str(FILES)}
    sys.path.insert(0, str(APPS))
    app = importlib.import_module("samovar_app").app
    wsgi = importlib.import_module("raw_wsgi").app
    if options.functions:
        for workload in workloads:
            _list_functions(AppHandler(app), _request(app, workload))
        return 0
    print("us per request, best of many; kernel, event loop's wait and network excluded\n")
    hello = _encode(Request("/"))
    _show("server alone (constant reply)", _serve(Constant(), hello))
    _show("  of which parser", _parse(hello))
    _show("  parser where no two requests are alike", _parse(_encode(_ANOTHER)))
    _show("server and raw WSGI app", _serve(WSGIHandler(wsgi), hello))
    for workload in workloads:
        request = _request(app, workload)
        print()
        _show(f"{workload.name}: server and app", _serve(AppHandler(app), request))
        _show("  of which app", _handle(AppHandler(app), request))
    return 0


def _encode(request: Request) -> Requests:
    """Return what wrk sends for a request: the same each time, or one for each target."""
    return [_encode_one(request, target) for target in request.targets or (request.path,)]


def _encode_one(request: Request, target: str) -> bytes:
    lines = [f"{request.method} {target} HTTP/1.1", "Host: 127.0.0.1:8000"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    if request.body:
        lines.append(f"Content-Length: {len(request.body)}")
    return "\r\n".join((*lines, "", "")).encode() + request.body


def _request(app: Any, workload: Workload) -> Requests:
    """Return the request to time; one that needs a cookie or an ETag asks for it first."""
    request = workload.request
    if workload.prepare:
        loop, connection, sock = _connection(AppHandler(app), _encode(request))
        loop._serve(connection)
        _, *lines = sock.sent.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        pairs = (line.partition(": ") for line in lines)
        headers = {name.lower(): value for name, _, value in pairs}
        request = workload.prepare(request, Response(200, headers, b""))
    return _encode(request)


def _connection(handler: Handler, requests: Requests) -> tuple[Loop, Connection, StandIn]:
    settings = Settings(access_log="off")
    loop = Loop(handler, settings, (), Newcomers(settings, None))
    sock = StandIn(requests)
    peer = ("127.0.0.1", 1)
    return loop, OneThread(cast("Any", sock), peer, loop, handler.body_policy), sock


def _serve(handler: Handler, requests: Requests) -> float:
    loop, connection, _ = _connection(handler, requests)
    return _time(lambda: loop._serve(connection))


def _parse(requests: Requests) -> float:
    parser = _connection(Constant(), requests)[1].parser

    turn = itertools.cycle(requests)

    def parse() -> None:
        parser.feed(next(turn))
        parser.requests.popleft()

    return _time(parse)


def _handle(handler: Handler, requests: Requests) -> float:
    """Time the handler alone. Each call gets an exchange of its own, made beforehand."""
    parser = _connection(handler, requests)[1].parser
    exchanges: list[HTTPExchange] = []
    turn = itertools.cycle(requests)

    def make(calls: int) -> None:
        exchanges.clear()
        for _ in range(calls):
            parser.feed(next(turn))
            exchanges.append(parser.requests.popleft())

    return _time(lambda: handler.handle(exchanges.pop()), make)


def _list_functions(handler: Handler, requests: Requests) -> None:
    """Print the functions by their own time, which tracing inflates where they are short."""
    loop, connection, _ = _connection(handler, requests)
    for _ in range(_WARM):
        loop._serve(connection)
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(_WARM):
        loop._serve(connection)
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(_SHOWN)


def _time(function: Callable[[], object], prepare: Callable[[int], object] = _nothing) -> float:
    """Return microseconds for one call; ``prepare`` is told how many calls are to come."""
    prepare(_WARM)
    estimate = timeit.timeit(function, number=_WARM) / _WARM
    number = max(1, int(_SERIES / estimate))
    best = math.inf
    for _ in range(_REPEATS):
        prepare(number)
        best = min(best, timeit.timeit(function, number=number))
    return best / number * 1e6


def _show(what: str, microseconds: float) -> None:
    print(f"{microseconds:8.2f}  {what}")


if __name__ == "__main__":
    sys.exit(main())

"""What the parts of one request cost, without the kernel: ``python -m bench.parts [PATH ...]``.

The real loop, parser and app serve a connection whose socket is a stand-in that costs next to
nothing, so that parts too small for a profiler can be timed, and the same again after a change:
the best of many repeats hardly depends on what else the machine does.
"""

from __future__ import annotations

import argparse
import cProfile
import importlib
import os
import pstats
import sys
import timeit
from collections.abc import Callable, Sequence
from typing import Any, cast

from bench.model import APPS, FILES
from samovar.exchange import Handler, Reply
from samovar.handler import AppHandler
from samovar.server.connection import Connection
from samovar.server.http1 import HTTPExchange
from samovar.server.loop import Loop
from samovar.server.settings import Settings
from samovar.server.wsgi import WSGIHandler

_CALLS = 1_000  # few, so that a series fits between two disturbances
_REPEATS = 100
_WARM = 100
_SHOWN = 40


def _nothing() -> None:
    pass


class StandIn:
    """A socket at which the same request arrives whenever it is read."""

    def __init__(self, head: bytes) -> None:
        self._head = head

    def fileno(self) -> int:
        """Return a descriptor that no system call will see."""
        return 2**20

    def recv(self, size: int) -> bytes:
        """Return the request."""
        return self._head

    def send(self, data: bytes) -> int:
        """Take everything."""
        return len(data)

    def getsockname(self) -> tuple[str, int]:
        """Return where the request arrived."""
        return "127.0.0.1", 80


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
    parser.add_argument("paths", nargs="*", default=["/", "/user/7"])
    parser.add_argument("--variant", default="plain", help="plain, routes or hooks")
    parser.add_argument("--functions", action="store_true", help="list functions, by cProfile")
    options = parser.parse_args(arguments)
    os.environ |= {"BENCH_VARIANT": options.variant, "BENCH_FILES": str(FILES)}
    sys.path.insert(0, str(APPS))
    app = importlib.import_module("samovar_app").app
    wsgi = importlib.import_module("raw_wsgi").app
    head = _head("/")
    if options.functions:
        for path in options.paths:
            _list_functions(AppHandler(app), _head(path))
        return 0
    print("us per request, best of many; kernel, event loop's wait and network excluded\n")
    _show("server alone (constant reply)", _serve(Constant(), head))
    _show("  of which parser", _parse(head))
    _show("server and raw WSGI app", _serve(WSGIHandler(wsgi), head))
    for path in options.paths:
        print()
        _show(f"{path}: server and app", _serve(AppHandler(app), _head(path)))
        _show("  of which app", _handle(AppHandler(app), _head(path)))
    return 0


def _head(path: str) -> bytes:
    """Return the head that wrk sends."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n".encode()


def _connection(handler: Handler, head: bytes) -> tuple[Loop, Connection]:
    loop = Loop(handler, Settings(access_log="off"), ())
    sock = cast("Any", StandIn(head))
    return loop, Connection(sock, ("127.0.0.1", 1), loop, handler.body_policy)


def _serve(handler: Handler, head: bytes) -> float:
    loop, connection = _connection(handler, head)
    return _time(lambda: loop._serve(connection))


def _parse(head: bytes) -> float:
    parser = _connection(Constant(), head)[1].parser

    def parse() -> None:
        parser.feed(head)
        parser.requests.popleft()

    return _time(parse)


def _handle(handler: Handler, head: bytes) -> float:
    """Time the handler alone. Each call gets an exchange of its own, made beforehand."""
    parser = _connection(handler, head)[1].parser
    exchanges: list[HTTPExchange] = []

    def make() -> None:
        exchanges.clear()
        for _ in range(_CALLS):
            parser.feed(head)
            exchanges.append(parser.requests.popleft())

    return _time(lambda: handler.handle(exchanges.pop()), make)


def _list_functions(handler: Handler, head: bytes) -> None:
    """Print the functions by their own time, which tracing inflates where they are short."""
    loop, connection = _connection(handler, head)
    for _ in range(_WARM):
        loop._serve(connection)
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(_CALLS):
        loop._serve(connection)
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(_SHOWN)


def _time(function: Callable[[], object], prepare: Callable[[], object] = _nothing) -> float:
    """Return microseconds for one call; ``prepare`` is called before each series of calls."""
    return min(timeit.repeat(function, prepare, number=_CALLS, repeat=_REPEATS)) / _CALLS * 1e6


def _show(what: str, microseconds: float) -> None:
    print(f"{microseconds:8.2f}  {what}")


if __name__ == "__main__":
    sys.exit(main())

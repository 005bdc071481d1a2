"""Counts the Python calls of one warm request: ``python -m bench.calls [PATH]``.

Server and framework run in this process; every thread of theirs reports its calls
(``sys.setprofile``) while one warm request passes. Counts do not depend on the machine, so
they show at once what a change costs or saves.
"""

from __future__ import annotations

import argparse
import importlib
import os
import socket
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from types import FrameType
from typing import Any

from bench.model import APPS, FILES, ROOT
from samovar.handler import AppHandler
from samovar.server import Server, Settings

_WARM = 200  # requests before; endpoints' run times and caches have settled by then
_COUNTED = 20


class Recorder:
    """Notes calls of all threads that are started after :meth:`install`."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.python: Counter[str] = Counter()
        self.native: Counter[str] = Counter()
        self.active = False
        self._depths = threading.local()

    def install(self) -> None:
        """Ask every thread started from now on to report to us."""
        threading.setprofile(self._note)

    def _note(self, frame: FrameType, event: str, argument: Any) -> None:
        if not self.active:
            return
        depth = getattr(self._depths, "value", 0)
        if event == "call":
            code = frame.f_code
            file = code.co_filename.removeprefix(f"{ROOT}/src/").rpartition("site-packages/")[2]
            name = f"{code.co_qualname} ({file}:{code.co_firstlineno})"
            self.python[name] += 1
            self.lines.append("  " * depth + name)
            self._depths.value = depth + 1
        elif event == "c_call":
            name = f"{argument.__module__ or type(argument.__self__).__name__}.{argument.__name__}"
            self.native[name] += 1
            self.lines.append("  " * depth + f"[{name}]")
        elif event == "return":
            self._depths.value = max(0, depth - 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Count, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.calls", description=__doc__)
    parser.add_argument("path", nargs="?", default="/")
    parser.add_argument("--tree", action="store_true", help="print the calls of one request")
    parser.add_argument("--variant", default="plain", help="plain, routes or hooks")
    options = parser.parse_args(arguments)
    os.environ |= {"BENCH_VARIANT": options.variant, "BENCH_FILES": str(FILES)}
    recorder = _record(options.path)
    print(
        f"{options.path}: {recorder.python.total() / _COUNTED:.1f} Python calls, "
        f"{recorder.native.total() / _COUNTED:.1f} calls of native functions per request\n"
    )
    if options.tree:
        print("\n".join(recorder.lines[: len(recorder.lines) // _COUNTED]))
    else:
        for counter in (recorder.python, recorder.native):
            for name, count in counter.most_common():
                print(f"{count / _COUNTED:6.2f}  {name}")
            print()
    return 0


def _record(path: str) -> Recorder:
    sys.path.insert(0, str(APPS))
    app = importlib.import_module("samovar_app").app  # it reads its variant from the environment
    server = Server(AppHandler(app), Settings(port=0, access_log="off"))
    port = server.addresses[0][1]
    recorder = Recorder()
    recorder.install()
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        with socket.create_connection(("127.0.0.1", port)) as client:
            for _ in range(_WARM):
                _ask(client, path)
            for _ in range(_COUNTED):
                recorder.active = True
                _ask(client, path)
                recorder.active = False
    finally:
        server.stop()
        thread.join()
    return recorder


def _ask(client: socket.socket, path: str) -> None:
    """Send one request of a head only and read an answer that fits into one segment."""
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    if not client.recv(65536):
        raise ConnectionError(f"the server closed the connection after GET {path}")


if __name__ == "__main__":
    sys.exit(main())

"""Starts one server, pinned to its core, and stops it."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.environment import BIN
from bench.model import APPS, CACHE, FILES, ROOT, Peer, Request, Response, Trouble

_START_LIMIT = 30.0  # seconds until a server has to answer
_STOP_LIMIT = 5.0  # seconds that a server may take to stop before it is killed
_POLL = 0.002  # seconds between attempts to connect, the grain of the start-up time

_NGINX = """
daemon off;
{user}
worker_processes 1;
pid {cache}/nginx-{port}.pid;
error_log stderr;
events {{ worker_connections 10000; }}
http {{
    access_log off;
    sendfile on;
    keepalive_requests 1000000000;
    default_type text/html;
    types {{ text/plain txt; }}
    server {{
        listen 127.0.0.1:{port};
        location = / {{ return 200 "Hello, World!"; }}
        location /static/ {{ alias {files}/; }}
    }}
}}
"""


@dataclass(frozen=True)
class Running:
    """A server that answers.

    Attributes:
        pid: The process that was started, root of the server's tree of processes.
        port: Where it listens, on 127.0.0.1.
        start_ms: Milliseconds from its start to its first answer.
    """

    pid: int
    port: int
    start_ms: float

    def ask(self, request: Request) -> Response:
        """Send one request on a connection of its own and return the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(
                request.method, request.path, request.body or None, dict(request.headers)
            )
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Response(answer.status, headers, answer.read())
        finally:
            connection.close()


@contextmanager
def serving(peer: Peer, *, core: int, variant: str, threads: int) -> Iterator[Running]:
    """Run a server for the duration of a ``with`` block.

    Raises:
        Trouble: It ended, or did not answer in time; its last words are in the text.
    """
    port = _free_port()
    log = CACHE / f"{peer.name}.log"
    config = _NGINX.format(
        user="user root;" if os.geteuid() == 0 else "", port=port, cache=CACHE, files=FILES
    )
    (CACHE / f"nginx-{port}.conf").write_text(config)
    names = {
        "port": port,
        "threads": threads,
        "bin": BIN,
        "apps": APPS,
        "cache": CACHE,
        "root": ROOT,
    }
    command = [part.format(**names) for part in peer.command]
    environ = {**os.environ, "PYTHONPATH": str(APPS), "BENCH_FILES": str(FILES)}
    environ |= {"BENCH_VARIANT": variant, "BENCH_THREADS": str(threads), **peer.environ}
    started = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            cwd=APPS,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_answering(process, port, log)
        yield Running(process.pid, port, (time.perf_counter() - started) * 1e3)
    finally:
        _stop(process)
        (CACHE / f"nginx-{port}.conf").unlink()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_answering(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.perf_counter() + _START_LIMIT
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise Trouble(f"ended with exit code {process.returncode}: {_last_words(log)}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(
                    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                )
                if connection.recv(1024):
                    return
        except OSError:
            pass  # not listening yet
        time.sleep(_POLL)
    raise Trouble(f"does not answer after {_START_LIMIT:.0f} s: {_last_words(log)}")


def _last_words(log: Path) -> str:
    return " ".join(log.read_text(errors="replace").split())[-300:]


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the whole process group, which is the session that the server was started in."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:
            continue
    process.wait()

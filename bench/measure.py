"""One measurement of one workload on one server."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import time
from collections.abc import Callable
from typing import NamedTuple

from bench import load, proc
from bench.environment import BIN
from bench.model import (
    APPS,
    CPU,
    IDLE_CPU,
    IMPORT,
    MEMORY,
    P50,
    P99,
    PER_CONNECTION,
    RATE,
    START,
    WAKEUPS,
    Kind,
    Measurement,
    Peer,
    Request,
    Trouble,
    Workload,
)
from bench.serving import Running


class Plan(NamedTuple):
    """How to measure.

    Attributes:
        seconds: Length of each measurement.
        warm_up: Seconds of load before it, not counted.
        server_core: Where servers run.
        load_core: Where the load generator runs.
    """

    seconds: float
    warm_up: float
    server_core: int
    load_core: int


def check(server: Running, workload: Workload) -> Request:
    """Ask once, and return the request to measure.

    Raises:
        Trouble: The answer is not what every server has to give.
    """
    request = workload.request
    answer = server.ask(request)
    if not workload.check(answer):
        raise Trouble(f"wrong answer to {workload.name!r}: {answer.status} {answer.body[:200]!r}")
    if workload.prepare:
        try:
            request = workload.prepare(request, answer)
        except KeyError as missing:
            raise Trouble(f"no {missing} field in the answer to {workload.name!r}") from None
        answer = server.ask(request)
        if not workload.check(answer):
            raise Trouble(f"wrong second answer to {workload.name!r}: {answer.status}")
    return request


def measure(server: Running, workload: Workload, plan: Plan) -> Measurement:
    """Measure ``workload`` on a server that runs.

    Raises:
        Trouble: It cannot be measured.
    """
    request = check(server, workload)
    return _METHODS[workload.kind](server, workload, request, plan)


def _under_load(server: Running, workload: Workload, request: Request, plan: Plan) -> Measurement:
    _send(server, workload, request, plan.warm_up, plan).finish()
    before = proc.cpu_seconds(server.pid)
    outcome = _send(server, workload, request, plan.seconds, plan).finish()
    used = proc.cpu_seconds(server.pid) - before
    return {
        CPU.key: used / outcome.requests * 1e6,
        RATE.key: outcome.requests / outcome.seconds,
        P50.key: outcome.p50_ms,
        P99.key: outcome.p99_ms,
        MEMORY.key: proc.memory_bytes(server.pid) / 2**20,
        "errors": outcome.errors,
    }


def _send(
    server: Running, workload: Workload, request: Request, seconds: float, plan: Plan
) -> load.Load:
    return load.Load(
        server.port,
        request,
        connections=workload.connections,
        seconds=seconds,
        core=plan.load_core,
    )


def _beside(server: Running, workload: Workload, request: Request, plan: Plan) -> Measurement:
    """Measure while other connections keep a slow view busy, from before until after."""
    if workload.beside is None:
        raise ValueError(f"workload {workload.name!r} is of kind BESIDE but says not beside what")
    lead = 1.0  # second, in which the server learns what the slow view is like
    other = load.Load(
        server.port,
        workload.beside,
        connections=workload.beside_connections,
        seconds=lead + plan.warm_up + plan.seconds + lead,
        core=plan.load_core,
    )
    time.sleep(lead)
    measured = _under_load(server, workload, request, plan)
    measured["errors"] += other.finish().errors
    return measured


def _connections(server: Running, workload: Workload, request: Request, plan: Plan) -> Measurement:
    """Open many connections, ask once on each, and see what memory they take while idle."""
    head = f"GET {request.path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    before = proc.memory_bytes(server.pid)
    connections = []
    try:
        for _ in range(workload.connections):
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            connections.append(connection)
            connection.sendall(head)
            connection.recv(4096)
        after = proc.memory_bytes(server.pid)
        refused = sum(_is_closed(connection) for connection in connections)
    except OSError as error:
        raise Trouble(f"connection {len(connections)} failed: {error}") from error
    finally:
        for connection in connections:
            connection.close()
    return {
        PER_CONNECTION.key: (after - before) / 1024 / workload.connections,
        MEMORY.key: after / 2**20,
        "errors": refused,
    }


def _is_closed(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False


def _idle(server: Running, workload: Workload, request: Request, plan: Plan) -> Measurement:
    _send(server, workload, request, plan.warm_up, plan).finish()
    time.sleep(1.0)  # what was in flight comes to rest
    cpu, wakeups, started = proc.cpu_seconds(server.pid), proc.wakeups(server.pid), time.monotonic()
    time.sleep(max(2.0, plan.seconds))
    passed = time.monotonic() - started
    return {
        IDLE_CPU.key: (proc.cpu_seconds(server.pid) - cpu) / passed * 1e3,
        WAKEUPS.key: (proc.wakeups(server.pid) - wakeups) / passed,
        MEMORY.key: proc.memory_bytes(server.pid) / 2**20,
        "errors": 0,
    }


def _start(server: Running, workload: Workload, request: Request, plan: Plan) -> Measurement:
    return {START.key: server.start_ms, "errors": 0}


_METHODS: dict[Kind, Callable[[Running, Workload, Request, Plan], Measurement]] = {
    Kind.LOAD: _under_load,
    Kind.BESIDE: _beside,
    Kind.CONNECTIONS: _connections,
    Kind.IDLE: _idle,
    Kind.START: _start,
}


def measure_import(peer: Peer, plan: Plan) -> Measurement:
    """Measure what importing the framework costs, in a fresh interpreter.

    Raises:
        Trouble: It cannot be imported.
    """
    bare = _cpu_of("pass", plan)
    return {IMPORT.key: (_cpu_of(f"import {peer.module}", plan) - bare) * 1e3, "errors": 0}


def _cpu_of(code: str, plan: Plan) -> float:
    """Return CPU seconds of the better of three runs: the first may have to read files."""
    return min(_cpu_once(code, plan) for _ in range(3))


def _cpu_once(code: str, plan: Plan) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = ["taskset", "-c", str(plan.server_core), str(BIN / "python"), "-c", code]
    environ = {**os.environ, "PYTHONPATH": str(APPS)}
    done = subprocess.run(command, env=environ, capture_output=True, text=True)
    if done.returncode:
        raise Trouble(f"{code!r} failed: {done.stderr.strip()[-300:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)

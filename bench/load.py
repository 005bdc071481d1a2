"""The load generator: wrk, told what to send by a small Lua script."""

from __future__ import annotations

import itertools
import json
import math
import os
import subprocess
from typing import NamedTuple

from bench.model import CACHE, Request, Trouble

_TIMEOUT = "20s"  # longer than any answer should take, so that a slow one is measured

# wrk runs done() at its end; latencies are in microseconds there.
_REPORT = """
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "seconds": %.6f, "p50_ms": %.4f, "p99_ms": %.4f, "errors": %d}\\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


# Requests are made before the run, for making them costs the load generator time.
_IN_TURN = """
local requests, turn = {}, 0
function init(args)
  for number, target in ipairs(targets) do
    requests[number] = wrk.format(nil, target)
  end
end
function request()
  turn = turn % #requests + 1
  return requests[turn]
end
"""

_numbers = itertools.count()


class Outcome(NamedTuple):
    """What wrk counted."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    errors: int


class Load:
    """A run of wrk, started at once.

    Args:
        port: Where the server listens, on 127.0.0.1.
        request: What is sent, over and over.
        connections: How many connections send it, each waiting for its answer.
        seconds: For how long; wrk takes whole seconds only, so it is rounded up.
        core: Where wrk runs.
    """

    def __init__(
        self, port: int, request: Request, *, connections: int, seconds: float, core: int
    ) -> None:
        script = CACHE / f"load-{os.getpid()}-{next(_numbers)}.lua"
        body = script.with_suffix(".body")
        script.write_text(_script(request, str(body)))
        body.write_bytes(request.body)
        self._files = (script, body)
        options = [
            "-t1",
            f"-c{connections}",
            f"-d{max(1, math.ceil(seconds))}s",
            "--timeout",
            _TIMEOUT,
        ]
        url = f"http://127.0.0.1:{port}{request.path}"
        self._process = subprocess.Popen(
            ["taskset", "-c", str(core), "wrk", *options, "-s", str(script), url],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def finish(self) -> Outcome:
        """Wait for wrk to end and return what it counted.

        Raises:
            Trouble: wrk failed, or no request was answered.
        """
        output, _ = self._process.communicate()
        for file in self._files:
            file.unlink()
        for line in output.splitlines():
            if line.startswith("RESULT "):
                outcome = Outcome(**json.loads(line.removeprefix("RESULT ")))
                if outcome.requests:
                    return outcome
        raise Trouble(f"wrk got no answer: {' '.join(output.split())[-300:]}")


def _script(request: Request, body_file: str) -> str:
    lines = [f"wrk.method = {json.dumps(request.method)}"]
    lines += [
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}"
        for name, value in request.headers.items()
    ]
    if request.body:
        lines.append(f'wrk.body = io.open({json.dumps(body_file)}, "rb"):read("*a")')
    if request.targets:
        lines.append(f"local targets = {{{', '.join(map(json.dumps, request.targets))}}}")
        lines.append(_IN_TURN)
    return "\n".join(lines) + _REPORT

"""Where the time of one request goes: ``python -m bench.profile [--peer NAME] [--only WORKLOAD]``.

Two views of a server under load:

* CPU per request, split into the program's own (user) and the kernel's (system) share;
* the functions that were running, found by sampling with py-spy and scaled to microseconds per
  request: *own* time without, *total* time with the functions called. A function that makes a
  system call is seen more often than it should be, plain Python code less often: believe the
  order of things that are alike, and :mod:`bench.parts` for the figures.

``python -m bench.calls`` counts the Python calls instead.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from bench import environment, proc
from bench.load import Load
from bench.measure import check
from bench.model import CACHE, ROOT, Trouble
from bench.peers import PEERS
from bench.run import choose, pick_cores
from bench.serving import Running, serving
from bench.workloads import WORKLOADS

_RATE = 500  # samples per second, taken without stopping the server
_SHOWN = 30
_PARKED = re.compile(
    r"\w*\.?(wait|acquire|join|_follow|_worker|_watch)\b.* \((threading|\S+/(lead|thread))\.py"
)
"""Where threads sleep that have nothing to do; py-spy cannot always tell."""


class Profile(NamedTuple):
    """Microseconds per request.

    Attributes:
        user: CPU time of the program.
        system: CPU time of the kernel.
        own: Time by function, without what it calls.
        total: Time by function, with what it calls.
    """

    user: float
    system: float
    own: dict[str, float]
    total: dict[str, float]


def main(arguments: Sequence[str] | None = None) -> int:
    """Profile one server under one workload and print the result; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--peer", default="samovar")
    parser.add_argument("--only", default="hello", metavar="WORKLOAD")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--lines", action="store_true", help="lines instead of functions")
    parser.add_argument("--native", action="store_true", help="functions of C extensions too")
    options = parser.parse_args(arguments)
    try:
        (peer,) = choose(PEERS, options.peer, "peer")
        (workload,) = choose(WORKLOADS, options.only, "workload")
        environment.prepare([peer])
        environment.install(["py-spy"])
        server_core, load_core = pick_cores()
        with serving(
            peer, core=server_core, variant=workload.variant, threads=workload.threads
        ) as server:
            request = check(server, workload)

            def load(seconds: float) -> Load:
                return Load(
                    server.port,
                    request,
                    connections=workload.connections,
                    seconds=seconds,
                    core=load_core,
                )

            load(1).finish()
            user, system = _split(server, load(options.seconds))
            running = load(options.seconds + 2)
            stacks = _sample(server, options)
            running.finish()
    except Trouble as trouble:
        print(f"bench.profile: {trouble}", file=sys.stderr)
        return 1
    _show(_scaled(stacks, user, system))
    return 0


def _split(server: Running, load: Load) -> tuple[float, float]:
    """Return microseconds of user and system time per request."""
    before = proc.cpu_split(server.pid)
    outcome = load.finish()
    after = proc.cpu_split(server.pid)
    user, system = (later - earlier for later, earlier in zip(after, before, strict=True))
    return user / outcome.requests * 1e6, system / outcome.requests * 1e6


def _sample(server: Running, options: argparse.Namespace) -> Counter[tuple[str, ...]]:
    """Return how often each stack of functions was seen, outermost function first."""
    raw = CACHE / f"stacks-{server.port}.txt"
    command = [str(environment.BIN / "py-spy"), "record", "--subprocesses", "--nonblocking"]
    command += ["--format", "raw", "--rate", str(_RATE), "--duration", str(int(options.seconds))]
    command += ["--output", str(raw), "--pid", str(server.pid)]
    command += ["--native"] * options.native + ["--function"] * (not options.lines)
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode or not raw.exists():
        raise Trouble(f"py-spy failed: {' '.join(done.stderr.split())[-300:]}")
    stacks: Counter[tuple[str, ...]] = Counter()
    for line in raw.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        frames = tuple(_frame(frame) for frame in stack.split(";"))
        if not _PARKED.match(frames[-1]):
            stacks[frames] += int(count)
    raw.unlink()
    return stacks


def _frame(text: str) -> str:
    """Shorten the file's path, which py-spy gives in brackets after the function's name."""
    return text.replace(f"{ROOT}/src/", "").replace(f"{ROOT}/.cache/", "")


def _scaled(stacks: Counter[tuple[str, ...]], user: float, system: float) -> Profile:
    scale = (user + system) / (stacks.total() or 1)
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for stack, count in stacks.items():
        own[stack[-1]] += count
        for frame in set(stack):
            total[frame] += count
    return Profile(
        user,
        system,
        {frame: count * scale for frame, count in own.most_common()},
        {frame: count * scale for frame, count in total.items()},
    )


def _show(profile: Profile) -> None:
    print(f"CPU per request: {profile.user + profile.system:.2f} us", end="")
    print(f" = {profile.user:.2f} user + {profile.system:.2f} system\n")
    print("   own us  total us  function")
    for frame, own in list(profile.own.items())[:_SHOWN]:
        print(f"{own:9.2f} {profile.total[frame]:9.2f}  {frame}")


if __name__ == "__main__":
    sys.exit(main())

"""The command: walks rounds, servers and workloads, and writes the report."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import resource
import shlex
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TypeVar

from bench import environment, plot, report
from bench.measure import Plan, measure, measure_import
from bench.model import RESULTS, Kind, Peer, Trouble, Workload
from bench.peers import PEERS
from bench.results import Results
from bench.serving import serving
from bench.workloads import WORKLOADS

_T = TypeVar("_T", Peer, Workload)
_QUICK = ("hello", "user", "async")
_DESCRIPTORS = 20_000  # for the 5,000 idle connections, here and (inherited) in the servers


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return the exit code."""
    options = _parser().parse_args(arguments)
    if options.quick:
        options.seconds, options.rounds = min(options.seconds, 1.0), 1
        options.only = options.only or ",".join(_QUICK)
    try:
        workloads = choose(WORKLOADS, options.only, "workload")
        peers = choose(PEERS, options.peers, "peer")
        troubles = environment.prepare(peers)
    except Trouble as trouble:
        print(f"bench: {trouble}", file=sys.stderr)
        return 1
    _raise_descriptor_limit()
    plan = Plan(options.seconds, options.warm_up, *pick_cores())
    results = Results(_about(plan, options.rounds))
    for name, text in troubles.items():
        results.add_trouble(name, text)
    for number in range(options.rounds):
        for peer in peers:
            if peer.name not in troubles:
                _note(f"round {number + 1}/{options.rounds} {peer.name}")
                _measure_peer(peer, workloads, plan, results)
    text = report.markdown(results)
    print(text)
    complete = not (options.only or options.peers)
    if options.save or complete:
        _save(results, text, options.save or "latest")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Measure Samovar beside its peers."
    )
    parser.add_argument("--only", metavar="NAMES", default="", help="workloads, comma-separated")
    parser.add_argument("--peers", metavar="NAMES", default="", help="servers, comma-separated")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is repeated")
    parser.add_argument("--warm-up", type=float, default=1.0, help="seconds of load before it")
    parser.add_argument(
        "--quick",
        action="store_true",
        help=f"one round of a second, {', '.join(_QUICK)} only (unless --only says otherwise)",
    )
    parser.add_argument(
        "--save",
        metavar="NAME",
        default="",
        help="write bench/results/NAME.md, .json and .svg; a complete run is saved as 'latest'",
    )
    return parser


def choose(declared: Iterable[_T], names: str, what: str) -> list[_T]:
    """Return the declared items that have these comma-separated names, all of them for "".

    Raises:
        Trouble: There is no such name.
    """
    by_name = {item.name: item for item in declared}
    wanted = names.split(",") if names else list(by_name)
    for name in wanted:
        if name not in by_name:
            raise Trouble(f"no {what} is called {name!r}; there are {', '.join(by_name)}")
    return [by_name[name] for name in by_name if name in wanted]


def _measure_peer(peer: Peer, workloads: list[Workload], plan: Plan, results: Results) -> None:
    """Start a peer once for each way that the workloads want it, and measure them."""
    offered = [workload for workload in workloads if workload.name in peer.offers]
    for workload in offered:
        if workload.kind is Kind.IMPORT and peer.module:
            try:
                results.add(workload.name, peer.name, measure_import(peer, plan))
            except Trouble as trouble:
                results.add_trouble(peer.name, str(trouble))
    served = [workload for workload in offered if workload.kind is not Kind.IMPORT]
    for (variant, threads), group in groupby(served, lambda w: (w.variant, w.threads)):
        try:
            with serving(peer, core=plan.server_core, variant=variant, threads=threads) as server:
                for workload in group:
                    try:
                        results.add(workload.name, peer.name, measure(server, workload, plan))
                    except (Trouble, OSError) as trouble:
                        results.add_trouble(peer.name, f"{workload.name}: {trouble}")
        except Trouble as trouble:
            results.add_trouble(peer.name, str(trouble))


def pick_cores() -> tuple[int, int]:
    """Return the core for servers and the one for the load generator, the same if need be."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        _note("only one core: servers and the load generator share it, rates mean little")
    return cores[0], cores[-1]


def _raise_descriptor_limit() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, _DESCRIPTORS) if hard != resource.RLIM_INFINITY else _DESCRIPTORS
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def _about(plan: Plan, rounds: int) -> dict[str, object]:
    return {
        "command": shlex.join(["python", "-m", "bench", *sys.argv[1:]]),
        "date": datetime.date.today().isoformat(),
        # Ratios are what holds elsewhere, so no more is told of the machine than they depend on.
        "machine": f"{os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}",
        "seconds": plan.seconds,
        "rounds": rounds,
        "versions": environment.versions(),
    }


def _save(results: Results, text: str, name: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text)
    (RESULTS / f"{name}.json").write_text(results.to_json())
    (RESULTS / f"{name}.svg").write_text(plot.svg(results))
    _note(f"wrote {RESULTS / name}.md, .json and .svg")


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)

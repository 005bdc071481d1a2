"""What a run found out, and how it is summed up."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, field
from typing import Any

from bench.model import CPU, FLOOR, US, Figure, Measurement, Workload
from bench.peers import PEERS
from bench.workloads import WORKLOADS

TITLES = {peer.name: peer.title for peer in PEERS}


@dataclass
class Results:
    """Measurements of one run.

    Attributes:
        about: How it was made: command, date, machine, versions.
        rounds: Measurements by workload and peer, one for each round.
        troubles: What went wrong, by peer; nothing is left out silently.
    """

    about: dict[str, Any]
    rounds: dict[str, dict[str, list[Measurement]]] = field(default_factory=dict)
    troubles: dict[str, list[str]] = field(default_factory=dict)

    def add(self, workload: str, peer: str, measurement: Measurement) -> None:
        """Note one measurement."""
        self.rounds.setdefault(workload, {}).setdefault(peer, []).append(measurement)

    def add_trouble(self, peer: str, text: str) -> None:
        """Note a failure, once."""
        texts = self.troubles.setdefault(peer, [])
        if text not in texts:
            texts.append(text)

    def workloads(self) -> list[Workload]:
        """Return the workloads that were measured, in the order of their declaration."""
        return [workload for workload in WORKLOADS if workload.name in self.rounds]

    def median(self, workload: str, peer: str, figure: Figure) -> float | None:
        """Return the median of a figure over the rounds, None where it was not measured."""
        measured = self.rounds.get(workload, {}).get(peer)
        return statistics.median(m[figure.key] for m in measured) if measured else None

    def errors(self, workload: str, peer: str) -> int:
        """Return how many requests failed over all rounds."""
        return int(sum(m["errors"] for m in self.rounds[workload][peer]))

    def ranking(self, workload: Workload) -> list[str]:
        """Return the peers measured on ``workload``, the best first."""
        figure = workload.figures[0]
        sign = 1 if figure.less_is_better else -1
        medians = {
            peer: self.median(workload.name, peer, figure) for peer in self.rounds[workload.name]
        }
        return sorted(medians, key=lambda peer: sign * (medians[peer] or 0.0))

    def ratio_to_us(self, workload: Workload, peer: str) -> float | None:
        """Return a peer's first figure as a multiple of ours."""
        figure = workload.figures[0]
        theirs = self.median(workload.name, peer, figure)
        ours = self.median(workload.name, US, figure)
        return theirs / ours if ours and theirs is not None else None

    def ratio_to_floor(self, workload: Workload, peer: str) -> float | None:
        """Return a peer's CPU time as a multiple of the floor's hello in the same run."""
        if workload.figures[0] is not CPU:
            return None
        theirs, floor = self.median(workload.name, peer, CPU), self.median("hello", FLOOR, CPU)
        return theirs / floor if floor and theirs is not None else None

    def to_json(self) -> str:
        """Return everything as JSON: the medians to read, the rounds to check them."""
        medians = {
            workload.name: {
                peer: {
                    figure.key: self.median(workload.name, peer, figure)
                    for figure in workload.figures
                }
                | {
                    "to_floor": self.ratio_to_floor(workload, peer),
                    "to_samovar": self.ratio_to_us(workload, peer),
                    "errors": self.errors(workload.name, peer),
                }
                for peer in self.ranking(workload)
            }
            for workload in self.workloads()
        }
        data = {"about": self.about, "medians": medians, "rounds": self.rounds}
        return json.dumps({**data, "troubles": self.troubles}, indent=1) + "\n"

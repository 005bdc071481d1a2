"""The report for people: Markdown, ratios first."""

from __future__ import annotations

from collections.abc import Iterable

from bench.model import FLOOR, US, Workload
from bench.results import TITLES, Results

_NONE = ""


def markdown(results: Results) -> str:
    """Return the whole report."""
    parts = ["# Samovar beside its peers\n", _about(results), _overview(results)]
    parts += [_section(results, workload) for workload in results.workloads()]
    if results.troubles:
        parts.append(_troubles(results))
    return "\n".join(parts)


def _about(results: Results) -> str:
    about = results.about
    return (
        f"{about['date']}, {about['machine']}. Made with `{about['command']}`: "
        f"medians of {about['rounds']} rounds of {about['seconds']:g} s each. "
        "Method: [README](../README.md).\n"
    )


def _overview(results: Results) -> str:
    """Return the table of all ratios to us, one line for each workload."""
    measured = {peer for by_peer in results.rounds.values() for peer in by_peer}
    peers = [peer for peer in TITLES if peer in measured and peer != US]
    if US not in measured:
        return ""
    lines = [("", "figure", *(TITLES[peer] for peer in peers))]
    for workload in results.workloads():
        if US in results.rounds[workload.name]:
            ratios = [_ratio(results.ratio_to_us(workload, peer)) for peer in peers]
            lines.append((workload.title, workload.figures[0].title, *ratios))
    head = "## Overview\n\nEach server's figure as a multiple of Samovar's; more is worse.\n\n"
    return head + _table(lines)


def _section(results: Results, workload: Workload) -> str:
    titles = [figure.title for figure in workload.figures]
    floor, us = TITLES[FLOOR].removesuffix(" epoll loop"), "Samovar"
    lines = [("server", f"x {floor}", f"x {us}", *titles, "failed")]
    for peer in results.ranking(workload):
        figures = [
            _number(results.median(workload.name, peer, figure), figure.digits)
            for figure in workload.figures
        ]
        to_floor = _ratio(results.ratio_to_floor(workload, peer))
        to_us = _ratio(results.ratio_to_us(workload, peer))
        failed = str(results.errors(workload.name, peer) or "")
        lines.append((TITLES[peer], to_floor, to_us, *figures, failed))
    return f"## {workload.title}\n\n{_table(lines)}"


def _troubles(results: Results) -> str:
    lines = [
        f"- {TITLES[peer]}: {text}" for peer, texts in results.troubles.items() for text in texts
    ]
    return "## Not measured\n\n" + "\n".join(lines) + "\n"


def _table(lines: list[tuple[str, ...]]) -> str:
    head, *rows = lines
    rule = (":--", *("--:" for _ in head[1:]))
    return "".join(_row(row) for row in (head, rule, *rows))


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _ratio(value: float | None) -> str:
    return _number(value, 2 if value is not None and value < 10 else 1)


def _number(value: float | None, digits: int) -> str:
    return _NONE if value is None else f"{value:,.{digits}f}"

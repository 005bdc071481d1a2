"""The picture for the README: CPU per request as bars, one panel for each workload (SVG)."""

from __future__ import annotations

from html import escape

from bench.model import CPU, FLOOR, US, Workload
from bench.results import TITLES, Results

# All lengths are in pixels.
_WIDTH = 860
_LABEL = 220
_BAR = 18
_GAP = 6
_HEAD = 34
_MARGIN = 16
_COLORS = {US: "#c2410c", FLOOR: "#737373"}
_COLOR = "#93a8c4"


def svg(results: Results) -> str:
    """Return the picture of all workloads that are measured in CPU per request."""
    panels, top = [], _MARGIN
    for workload in results.workloads():
        if workload.figures[0] is CPU:
            panel, height = _panel(results, workload, top)
            panels.append(panel)
            top += height + _MARGIN
    style = (
        "text{font:13px system-ui,sans-serif;fill:#404040}"
        ".t{font-weight:600;font-size:15px}"
        "@media(prefers-color-scheme:dark){text{fill:#d4d4d4}}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" role="img">'
        f"<title>Server CPU per request, microseconds; less is better</title>"
        f"<style>{style}</style>\n" + "".join(panels) + "</svg>\n"
    )


def _panel(results: Results, workload: Workload, top: int) -> tuple[str, int]:
    """Return one panel and its height."""
    peers = results.ranking(workload)
    values = [results.median(workload.name, peer, CPU) or 0.0 for peer in peers]
    scale = (_WIDTH - _LABEL - 130) / max(values)
    title = escape(f"{workload.title}: server CPU per request, µs")
    parts = [f'<text class="t" x="{_MARGIN}" y="{top + 16}">{title}</text>\n']
    y = top + _HEAD
    for peer, value in zip(peers, values, strict=True):
        ratio = results.ratio_to_us(workload, peer)
        label = f"{value:,.1f}" + (f"  ({ratio:.1f} x)" if ratio and peer != US else "")
        name, width = escape(TITLES[peer].strip("*")), max(1.0, value * scale)
        parts.append(
            f'<text x="{_LABEL - 8}" y="{y + 14}" text-anchor="end">{name}</text>'
            f'<rect x="{_LABEL}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="2"'
            f' fill="{_COLORS.get(peer, _COLOR)}"/>'
            f'<text x="{_LABEL + width + 8:.1f}" y="{y + 14}">{label}</text>\n'
        )
        y += _BAR + _GAP
    return "".join(parts), y - top

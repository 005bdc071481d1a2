r"""Requests kept as files, named after the rule they test, and how they may be cut.

A file begins with lines that start with ``#``: what the rule is, and last what is expected, as
a Python literal: a status code, or a list of (method, target, body). The rest is the request as
it goes over the wire: ``\r\n`` and other escapes stand for themselves, the file's own line ends
for nothing.
"""

from __future__ import annotations

import ast
import random
from functools import cache
from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

from samovar.server import Settings

FOLDER = Path(__file__).parent.parent / "server" / "wire"

LIMITS = {"max_target": 200, "max_head": 1000, "max_fields": 10, "max_body": 1000}
"""Small limits, so that the files can be small."""

Request = tuple[str, str, bytes]


class WireCase(NamedTuple):
    """A file of the folder.

    Attributes:
        name: Its name without suffix.
        data: What goes over the wire.
        expected: The status code, or the requests that are answered.
    """

    name: str
    data: bytes
    expected: int | list[Request]


@cache
def read_cases(kind: str) -> list[WireCase]:
    """Read the files of one kind, ``"valid"`` or ``"invalid"``."""
    return [_read(path) for path in sorted((FOLDER / kind).glob("*.http"))]


def _read(path: Path) -> WireCase:
    lines = path.read_text(encoding="ascii").splitlines()
    comments = [line for line in lines if line.startswith("#")]
    escaped = "".join(lines[len(comments) :])
    data = escaped.encode("ascii").decode("unicode_escape").encode("latin-1")
    return WireCase(path.stem, data, ast.literal_eval(comments[-1].removeprefix("# ")))


def small_settings(**named: object) -> Settings:
    """Return settings with small limits."""
    return Settings(**{**LIMITS, **named})  # type: ignore[arg-type]  # values of several types


def ways_to_cut(data: bytes, seed: str) -> dict[str, list[bytes]]:
    """Return the data whole, byte by byte, and in random pieces that the seed decides."""
    chance = random.Random(seed)
    ways = {"whole": [data], "bytes": [data[at : at + 1] for at in range(len(data))]}
    for turn in range(3):
        count = chance.randint(1, min(len(data), 8))
        ways[f"random {turn}"] = cut(data, sorted(chance.sample(range(len(data)), count)))
    return ways


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """Cut data at the given places, in rising order."""
    ends = [*places, len(data)]
    pieces = [data[start:end] for start, end in zip([0, *places], ends, strict=True)]
    return [piece for piece in pieces if piece]


@st.composite
def damaged_wires(draw: st.DrawFn) -> bytes:
    """A wire file of which a stretch was replaced."""
    wire = draw(st.sampled_from(read_cases("valid") + read_cases("invalid"))).data
    start = draw(st.integers(0, len(wire)))
    end = draw(st.integers(start, min(start + 20, len(wire))))
    return wire[:start] + draw(st.binary(max_size=10)) + wire[end:]

"""How many processor cores this process may use."""

from __future__ import annotations

import os
from pathlib import Path

CONTAINERS_SHARE = Path("/sys/fs/cgroup/cpu.max")
"""Where Linux says how much processor time a container gets: a time for each period, or "max"."""


def count_cores(share: Path = CONTAINERS_SHARE) -> int:
    """Return the number of cores that this process may use, at least 1.

    A container often sees all cores of its machine and gets the time of a few; workers beyond
    that only wait for each other.

    Args:
        share: The file that says how much time a container gets.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    try:
        time, period = share.read_text(encoding="ascii").split()
        return max(1, min(cores, round(int(time) / int(period))))
    except (OSError, ValueError):
        return cores  # no container, or one without a limit

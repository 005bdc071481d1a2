"""What Linux's /proc says about a tree of processes."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """Return the process ``root`` and all its living descendants."""
    parents = {pid: fields[1] for pid, fields in _all_stats()}
    found = [root] if root in parents else []
    for pid in found:  # grows while it is walked
        found += [child for child, parent in parents.items() if int(parent) == pid]
    return found


def cpu_seconds(root: int) -> float:
    """Return the CPU time that the tree has used, user and system, ended children included.

    The clock of /proc/<pid>/stat ticks every 10 ms; measure over a second or more.
    """
    return sum(cpu_split(root))


def cpu_split(root: int) -> tuple[float, float]:
    """Return the same as :func:`cpu_seconds`, as (user, system)."""
    user = system = 0
    for pid in tree(root):
        try:
            # proc(5): utime, stime, cutime, cstime are fields 14 to 17 of the line.
            utime, stime, cutime, cstime = (int(field) for field in _stat(pid)[11:15])
        except OSError:
            continue  # it ended while we looked, and its parent has its time
        user += utime + cutime
        system += stime + cstime
    return user / _TICKS_PER_SECOND, system / _TICKS_PER_SECOND


def memory_bytes(root: int) -> int:
    """Return the resident memory of the tree, pages that several processes share counted once."""
    total = 0
    for pid in tree(root):
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in text.splitlines() if line[:4] == "Pss:")
    return total * 1024


def wakeups(root: int) -> int:
    """Return how often threads of the tree went to sleep (and so were woken), so far."""
    total = 0
    for pid in tree(root):
        for status in Path(f"/proc/{pid}/task").glob("*/status"):
            text = status.read_text()
            total += next(
                int(line.split()[1])
                for line in text.splitlines()
                if line.startswith("voluntary_ctxt_switches")
            )
    return total


def _all_stats() -> list[tuple[int, list[str]]]:
    stats = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                stats.append((int(entry.name), _stat(int(entry.name))))
            except OSError:
                continue  # it has just ended
    return stats


def _stat(pid: int) -> list[str]:
    """Return the fields after the command's name, which may itself hold blanks and brackets."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()

"""Finds out which process listens on a port, where the system tells."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_LISTENING = "0A"
"""The state TCP_LISTEN in /proc/net/tcp (Linux, include/net/tcp_states.h)."""

_AIRPLAY_PORTS = (5000, 7000)
"""Where macOS (12 and later) listens with its AirPlay Receiver."""


class Holder(NamedTuple):
    """A process that listens on a port.

    Attributes:
        name: What the process calls itself, for instance ``"python3"``.
        pid: Its process id, or None where it is not known.
    """

    name: str
    pid: int | None

    def __str__(self) -> str:
        return self.name if self.pid is None else f"{self.name} (pid {self.pid})"


def find_holder(port: int, proc: Path = Path("/proc")) -> Holder | None:
    """Return the process that listens on a TCP port.

    Args:
        port: The port.
        proc: Where Linux shows its processes.

    Returns:
        The process, or None where the system does not tell (other systems, other users'
        processes). On macOS the likely one is named.
    """
    if sys.platform == "darwin":
        return Holder("AirPlay Receiver, most likely", None) if port in _AIRPLAY_PORTS else None
    wanted = {f"socket:[{inode}]" for inode in _listening_inodes(port, proc)}
    if not wanted:
        return None
    for process in proc.glob("[0-9]*"):
        if wanted & set(_descriptors(process)):
            return Holder(_name(process), int(process.name))
    return None


def _listening_inodes(port: int, proc: Path) -> Iterator[str]:
    """Give the inodes of the sockets that listen on a port, of IPv4 and IPv6."""
    for table in (proc / "net/tcp", proc / "net/tcp6"):
        for line in _lines(table)[1:]:
            columns = line.split()
            local, state, inode = columns[1], columns[3], columns[9]
            if state == _LISTENING and int(local.rpartition(":")[2], 16) == port:
                yield inode


def _descriptors(process: Path) -> Iterator[str]:
    """Give where the descriptors of a process lead to, as far as this process may look."""
    try:
        for link in (process / "fd").iterdir():
            try:
                yield str(link.readlink())
            except OSError:
                continue  # closed in the meantime
    except OSError:
        return  # ended in the meantime, or belongs to another user


def _name(process: Path) -> str:
    lines = _lines(process / "comm")
    return lines[0] if lines else "a process"


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []

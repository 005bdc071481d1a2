"""Room for the file descriptors that the settings promise connections for."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    import resource

BESIDE_CONNECTIONS = 1024
"""Descriptors for all else: files being sent, bodies in temporary files, what the program opens."""


def make_room(connections: int) -> None:
    """Raise this process's limit, as far as the system lets an ordinary process do so.

    Many systems start programs with room for 1024 and let them ask for far more, which those do
    that can do without the system call ``select``.

    Args:
        connections: How many connections are to fit.
    """
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + BESIDE_CONNECTIONS
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError):
            return  # macOS has a lower limit than it says; connections that do not fit wait

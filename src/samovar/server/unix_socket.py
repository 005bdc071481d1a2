"""Listening on Unix sockets: files that outlive the process which made them."""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Iterable
from typing import Any

LONGEST_PATH = 107
"""Bytes of a socket's path that Linux has room for (unix(7)); other systems have 103."""


class SocketTaken(OSError):
    """Another program listens on the Unix socket.

    Attributes:
        path: Where the socket is.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(
            f"Another program listens at {path!r}. Stop it, or choose another path with --bind"
        )
        self.errno = errno.EADDRINUSE


class PathUnfit(OSError):
    """There can be no Unix socket at the path.

    Attributes:
        path: The path.
    """

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        super().__init__(f"Cannot listen at {path!r}: {reason}")


def listen_at(path: str, mode: int, backlog: int) -> socket.socket:
    """Listen on a Unix socket.

    A socket that nobody listens on any more, left by a process that was killed, is replaced.

    Args:
        path: Where to make it; a relative path is taken from the current folder.
        mode: Who may connect, as permission bits: connecting takes the right to write.
        backlog: How many connections may wait to be accepted.

    Returns:
        A bound, listening, non-blocking socket, whose name is the absolute path. The caller
        closes it, and has :func:`remove_left` remove the file.

    Raises:
        SocketTaken: Another program listens there.
        PathUnfit: There can be no socket; the message says why.
    """
    path = os.path.abspath(path)
    if not hasattr(socket, "AF_UNIX"):
        raise PathUnfit(path, "this system's Python has no Unix sockets; listen on a port instead")
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise PathUnfit(path, f"the path of a socket has {LONGEST_PATH} bytes at most")
    if _is_listened_on(path):
        raise SocketTaken(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_socket(path)
        listening.bind(path)
        # Nobody can connect before it listens, so nobody slips in before the mode is set.
        os.chmod(path, mode)
        listening.listen(backlog)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise PathUnfit(path, error.strerror or str(error)) from error
    return listening


def remove_left(addresses: Iterable[Any]) -> None:
    """Remove the Unix sockets that nobody listens on any more; to be called at the end.

    One that another process holds open (another worker, systemd, a successor) stays.

    Args:
        addresses: What ``getsockname()`` gave; other addresses than paths are passed over.
    """
    for address in addresses:
        if isinstance(address, str) and address and not _is_listened_on(address):
            try:
                _remove_socket(address)
            except OSError:
                continue  # in a folder that this process may no longer write to


def _remove_socket(path: str) -> None:
    """Remove the socket at the path, if there is something.

    Raises:
        PathUnfit: It is no socket.
    """
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise PathUnfit(path, "there is something else than a socket")
    os.unlink(path)


def _is_listened_on(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except BlockingIOError:
            return True  # its queue is full
        except OSError:
            return False
        return True

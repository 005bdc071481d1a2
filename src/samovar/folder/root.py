"""Opens what lies below a folder, and nothing else.

A path from a request is taken apart into names first; what could mean anything but a name below
(``..``, a backslash, NUL, an empty name) or is hidden (a dot in front) names nothing. Then the
folders on the way are opened one by one, each within the one before and none through a symbolic
link. So nobody can win a race: what a name meant when it was checked is what was opened. Where
there is a link, its target is worked out and, if that lies below the folder, too, opened in the
same way, by its own names.

Windows has no such way to open. There the target is worked out and then opened: somebody who may
put links into the folder at the right moment could have another file sent.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from werkzeug.security import safe_join

from samovar.files.known import READ

_OPENS_WITHIN = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
"""Whether the system opens a name within an open folder."""

_PASS = (
    getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)

_IS_LINK = frozenset((errno.ELOOP, errno.ENOTDIR, errno.EMLINK))
"""How systems say that they met a symbolic link: as the last name, or on the way."""


class Opened(NamedTuple):
    """What was opened; whoever gets it closes the descriptor.

    Attributes:
        descriptor: Open for reading, or None for a folder where the system opens none.
        status: What it is.
        path: Where it is, for messages and for looking again; links may be in it.
    """

    descriptor: int | None
    status: os.stat_result
    path: str

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.status.st_mode)

    @property
    def is_file(self) -> bool:
        """Whether it is an ordinary file; devices, pipes and sockets are none."""
        return stat.S_ISREG(self.status.st_mode)

    def close(self) -> None:
        """Close the descriptor."""
        if self.descriptor is not None:
            os.close(self.descriptor)


def names_of(path: bytes) -> list[str] | None:
    """Take the path of a request target apart.

    Args:
        path: The path as it came, percent-encoded, with a slash in front.

    Returns:
        The names, without the empty one after a slash at the end; None where it names nothing.

    >>> names_of(b"/a%20b/c/")
    ['a b', 'c']
    >>> names_of(b"/a/%2e%2e/c") is None
    True
    """
    names = os.fsdecode(unquote_to_bytes(path)).split("/")[1:]
    if names and not names[-1]:
        names.pop()
    return names if all(map(_is_shown, names)) else None


def _is_shown(name: str) -> bool:
    # A dot in front hides, and is what all ways upwards begin with.
    return bool(name) and name[0] != "." and "\\" not in name and "\0" not in name


class Root:
    """The folder that is served.

    Args:
        path: The folder.
        follows_symlinks: Whether links may lead out of it.

    Attributes:
        path: The folder, absolute.
        follows_symlinks: As given.
    """

    def __init__(self, path: str, follows_symlinks: bool = False) -> None:
        self.path = os.path.abspath(path)
        self.follows_symlinks = follows_symlinks

    def open(self, names: Sequence[str]) -> Opened:
        """Open what lies at these names, which :func:`names_of` gave.

        The folder itself is opened anew each time: a build may have put another in its place.

        Raises:
            PermissionError: It may not be read.
            OSError: There is nothing, or nothing that may be shown.
        """
        path = os.path.join(self.path, *names)
        if self.follows_symlinks or not _OPENS_WITHIN:
            return self._open_checked(names, path)
        try:
            descriptor = _open_within(self.path, names)
        except OSError as error:
            if error.errno not in _IS_LINK:
                raise
            real = os.path.realpath(self.path)
            descriptor = _open_within(real, self.real_names(path))
        return Opened(descriptor, os.fstat(descriptor), path)

    def real_names(self, path: str) -> list[str]:
        """Return the names that lead to where a path with links really leads.

        Raises:
            FileNotFoundError: It leads out, or to what is hidden.
        """
        real = os.path.realpath(self.path)
        target = os.path.realpath(path)
        if target == real:
            return []
        inside = os.path.join(real, "")
        names = target[len(inside) :].split(os.sep)
        if not target.startswith(inside) or not all(map(_is_shown, names)):
            raise FileNotFoundError(errno.ENOENT, "It leads out of the folder", path)
        return names

    def _open_checked(self, names: Sequence[str], path: str) -> Opened:
        """Open after a check, where links may be followed or the system can do no better."""
        # It knows the names that Windows gives a meaning: drives and devices.
        if safe_join(self.path, *names) is None:
            raise FileNotFoundError(errno.ENOENT, "It is no name of a file", path)
        if not self.follows_symlinks:
            self.real_names(path)
        if not _OPENS_WITHIN and os.path.isdir(path):
            return Opened(None, os.stat(path), path)
        descriptor = os.open(path, READ)
        return Opened(descriptor, os.fstat(descriptor), path)


def _open_within(folder: str, names: Sequence[str]) -> int:
    """Open folder after folder, none of them through a link."""
    if not names:
        return os.open(folder, READ)
    within = os.open(folder, _PASS)
    try:
        for name in names[:-1]:
            deeper = os.open(name, _PASS | _NOFOLLOW, dir_fd=within)
            os.close(within)
            within = deeper
        return os.open(names[-1], READ | _NOFOLLOW, dir_fd=within)
    finally:
        os.close(within)

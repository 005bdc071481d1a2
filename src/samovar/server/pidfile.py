"""The file that says which process the server is."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import Self


class PidFileTaken(OSError):
    """Another server runs with the same file.

    Attributes:
        path: The file.
        pid: The process that it names.
    """

    def __init__(self, path: Path, pid: int) -> None:
        self.path = path
        self.pid = pid
        super().__init__(
            f"The file {str(path)!r} names process {pid}, which is running. Stop it with: kill"
            f" {pid}, or choose another --pidfile; if it is no server, delete the file"
        )


class PidFileUnfit(OSError):
    """The file cannot be written.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        super().__init__(f"Cannot write the --pidfile {str(path)!r}: {reason}")


class PidFile:
    """A file with the number of this process, from entering the block to leaving it.

    Args:
        path: Its path; the folder must exist.
        owner: Whom the file is given to, as a user's number, or -1: a server that becomes
            another user must be able to empty it.

    Raises:
        PidFileTaken: On entering, if the process that the file names is running.
        PidFileUnfit: On entering, if the file cannot be written.
    """

    def __init__(self, path: str, owner: int = -1) -> None:
        # The program may change its folder before the end.
        self._path = Path(path).absolute()
        self._owner = owner

    def __enter__(self) -> Self:
        other = _running_process(self._path)
        if other:
            raise PidFileTaken(self._path, other)
        try:
            self._write()
        except OSError as error:
            raise PidFileUnfit(self._path, error.strerror or str(error)) from error
        return self

    def _write(self) -> None:
        # Written beside it and moved there, so that nobody ever reads half a number.
        descriptor, draft = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name)
        try:
            with open(descriptor, "w", encoding="ascii") as file:
                file.write(f"{os.getpid()}\n")
                os.fchmod(file.fileno(), 0o644)
                if self._owner != -1:
                    os.fchown(file.fileno(), self._owner, -1)
            os.replace(draft, self._path)
        except BaseException:
            os.unlink(draft)
            raise

    def __exit__(self, *exc_info: object) -> None:
        if _number_in(self._path) != os.getpid():
            return  # somebody else's by now
        try:
            self._path.unlink()
        except PermissionError:
            # A server that became another user may write the file, but not to its folder.
            with contextlib.suppress(OSError):
                os.truncate(self._path, 0)


def _running_process(path: Path) -> int:
    """Return the process that the file names, or 0 if there is none that runs."""
    pid = _number_in(path)
    if not pid or pid == os.getpid():  # numbers come again, in a container nearly always
        return 0
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return 0
    except PermissionError:
        return pid  # it is another user's
    return pid


def _number_in(path: Path) -> int:
    try:
        text = path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return 0
    return int(text) if text.isdecimal() else 0

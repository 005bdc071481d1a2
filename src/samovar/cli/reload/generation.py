"""The program's side of reloading: one generation, started by a watcher.

The watcher leaves a marker in the environment, which says by which file descriptors the
generation gets the listening sockets, learns that the watcher has gone, and reports.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
from dataclasses import asdict, dataclass
from functools import cache

from samovar.loading import is_users_file

MARKER = "SAMOVAR_GENERATION"
"""The environment variable that a watcher sets for the generations that it starts."""

ORPHAN_GRACE = 1.0
"""Seconds that a generation may take to stop by itself when its watcher has gone: requests in
flight are short, and the person at the terminal already has the prompt back."""


@dataclass(frozen=True)
class Generation:
    """What a generation of the program got from its watcher.

    Attributes:
        number: 1 for the first generation of a command.
        watcher: The watcher's process id.
        listeners: Descriptors of the listening sockets; empty where the system cannot pass
            them on and each generation binds its own.
        lifeline: A pipe that nobody writes to; it ends when the watcher does.
        report: A pipe on which the generation says that it serves, and from which folders.
    """

    number: int
    watcher: int
    listeners: tuple[int, ...]
    lifeline: int
    report: int

    def to_marker(self) -> str:
        """Return the text for the environment."""
        return json.dumps(asdict(self))

    def sockets(self) -> list[socket.socket]:
        """Return the listening sockets, non-blocking, owned by the caller."""
        sockets = [socket.socket(fileno=fd) for fd in self.listeners]
        for listener in sockets:
            listener.setblocking(False)
        return sockets

    def follow_watcher(self) -> None:
        """End this process when its watcher ends, however that comes about."""
        threading.Thread(
            target=self._end_with_watcher, name="samovar-lifeline", daemon=True
        ).start()

    def _end_with_watcher(self) -> None:
        while os.read(self.lifeline, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(ORPHAN_GRACE)
        os._exit(1)

    def report_serving(self, folders: set[str]) -> None:
        """Tell the watcher that this generation serves, and which folders to watch."""
        with open(self.report, "w", encoding="utf-8") as report:
            report.write(json.dumps(sorted(folders)) + "\n")


@cache
def claim_generation() -> Generation | None:
    """Return what the watcher left for this process, or None where no watcher started it.

    The marker is taken out of the environment, so that programs started from here do not take
    it for theirs.
    """
    marker = os.environ.pop(MARKER, None)
    if marker is None:
        return None
    values = json.loads(marker)
    generation = Generation(**{**values, "listeners": tuple(values["listeners"])})
    if generation.watcher != os.getppid():
        return None  # it was meant for a process above this one
    for fd in (*generation.listeners, generation.lifeline, generation.report):
        os.set_inheritable(fd, False)
    return generation


def users_folders(error: BaseException | None = None) -> set[str]:
    """Return the folders that the user's own modules lie in.

    Args:
        error: What kept the program from loading; the files that led to it count as well, for
            Python forgets a module that failed.
    """
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    files.append(os.path.join(sys.path[0], "") if sys.path and sys.path[0] else None)
    if error is not None:
        files += [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
        files.append(error.filename if isinstance(error, SyntaxError) else None)
    return {
        os.path.dirname(os.path.abspath(file)) if not file.endswith(os.sep) else file
        for file in files
        if file and is_users_file(file) and os.path.isabs(file)
    }


def restart_command() -> list[str] | None:
    """Return the command line that starts this program again.

    None where there is none: in an interactive session or a notebook.
    """
    main = sys.modules["__main__"]
    if getattr(main, "__file__", None) is None and getattr(main, "__spec__", None) is None:
        return None
    return [sys.executable, *sys.orig_argv[1:]]

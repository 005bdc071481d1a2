"""What a watcher is to do: said by the program, done by :mod:`samovar.cli.reload.watcher`."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""What ends the command."""


@dataclass(frozen=True)
class Watch:
    """What to watch, and what to start.

    Attributes:
        command: The command line of a generation, the interpreter included.
        folders: Folders to watch until a generation has reported its own.
        extra_files: Further files whose change reloads.
        exclude_patterns: Paths that match one of these (:mod:`fnmatch`) reload nothing.
    """

    command: Sequence[str]
    folders: Sequence[str] = ()
    extra_files: Sequence[str] = ()
    exclude_patterns: Sequence[str] = ()

    def concerns(self, path: str) -> bool:
        """Say whether a change of the file at ``path`` reloads."""
        if any(fnmatch(path, pattern) for pattern in self.exclude_patterns):
            return False
        return path.endswith(".py") or path in map(os.path.abspath, self.extra_files)

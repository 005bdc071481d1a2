"""Sees when something in a folder changes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from watchfiles import Change, DefaultFilter, watch

SETTLE = 50
"""Milliseconds without a further change before one is told: tools write several files at once."""

TICK = 1000
"""Milliseconds after which the system is asked anew, so that a request to stop is seen."""


class Watching:
    """Watches a folder in a thread of its own, until the process ends or it is stopped.

    Args:
        folder: The folder, with all that is below it.
        changed: Called in that thread when files have changed; hidden ones do not count.
    """

    def __init__(self, folder: str, changed: Callable[[], None]) -> None:
        self._folder = os.path.abspath(folder)
        self._changed = changed
        self._stop = threading.Event()
        self._ordinary = DefaultFilter()
        self._thread = threading.Thread(target=self._run, name="samovar-live", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more; waits for the thread to end."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        batches = watch(
            self._folder,
            watch_filter=self._counts,
            step=SETTLE,
            rust_timeout=TICK,
            stop_event=self._stop,
            ignore_permission_denied=True,
        )
        for _ in batches:
            self._changed()

    def _counts(self, change: Change, path: str) -> bool:
        inside = os.path.relpath(path, self._folder)
        is_hidden = any(name.startswith(".") for name in inside.split(os.sep) if name != ".")
        return not is_hidden and self._ordinary(change, path)

"""The watcher as a process of its own; started by :mod:`samovar.cli.reload.handover`."""

from __future__ import annotations

import json
import os
import sys

from samovar.cli.reload.watch import Watch
from samovar.cli.reload.watcher import ForkedChild, Watcher


def resume(state: str) -> int:
    """Go on as the watcher that :func:`hand_over` made; blocks.

    Args:
        state: What was handed over, as JSON.

    Returns:
        The exit code of the command.
    """
    handed = json.loads(state)
    listeners: list[int] = handed["listeners"]
    watcher = Watcher(Watch(**handed["plan"]), listeners)
    for fd in (*listeners, handed["report"], handed["lifeline_end"]):
        if fd is not None:
            os.set_inheritable(fd, False)
    if handed["child"] is not None:
        os.set_blocking(handed["report"], False)
        watcher.adopt(ForkedChild(handed["child"]), handed["report"], handed["started_at"])
    return watcher.run()


if __name__ == "__main__":
    sys.exit(resume(sys.argv[1]))

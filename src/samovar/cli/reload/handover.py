"""Makes a program that runs already the first generation of a watcher.

A program that calls ``app.run(debug=True)`` has run its start-up code by then. It must not run
twice, so the process forks: the child goes on as the first generation, and the parent, which the
shell waits for, replaces itself by a clean watcher. Where the process has other threads, which a
fork would lose, it becomes the watcher at once, and start-up code runs a second time.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import NoReturn

from samovar.cli.reload.generation import Generation
from samovar.cli.reload.watch import STOP_SIGNALS, Watch


def hand_over(plan: Watch, listeners: Sequence[int]) -> Generation:
    """Put a watcher above this program.

    Args:
        plan: What to watch, and how to start the next generations.
        listeners: Descriptors of the listening sockets.

    Returns:
        In the process that goes on as the first generation. The other never returns, and where
        the process cannot fork, neither does this one.
    """
    if not _can_fork():
        _become_watcher(plan, listeners)
    lifeline, lifeline_end = os.pipe()
    report, report_end = os.pipe()
    # What is in the buffers would otherwise be written by both processes.
    sys.stdout.flush()
    sys.stderr.flush()
    watcher = os.getpid()
    # Held back until the watcher can obey them: a signal in between would end it alone.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    child = os.fork()
    if child:
        _become_watcher(plan, listeners, child, report, lifeline_end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
    os.close(lifeline_end)
    os.close(report)
    return Generation(1, watcher, tuple(listeners), lifeline, report_end)


def _can_fork() -> bool:
    """Say whether a fork loses nothing: this thread is the only one, Python's or not.

    Only Linux tells. Other systems' own libraries do not bear a fork without an exec.
    """
    tasks = Path("/proc/self/task")
    return sys.platform == "linux" and tasks.is_dir() and len(list(tasks.iterdir())) == 1


def _become_watcher(
    plan: Watch,
    listeners: Sequence[int],
    child: int | None = None,
    report: int | None = None,
    lifeline_end: int | None = None,
) -> NoReturn:
    handed = [*listeners, *(fd for fd in (report, lifeline_end) if fd is not None)]
    for fd in handed:
        os.set_inheritable(fd, True)
    state = {
        "plan": asdict(plan),
        "listeners": list(listeners),
        "child": child,
        "report": report,
        "lifeline_end": lifeline_end,
        "started_at": time.time(),
    }
    # -P: a file of the user's that is named like a module of Python's must not be imported.
    arguments = ["-P", "-m", "samovar.cli.reload", json.dumps(state)]
    os.execv(sys.executable, [sys.executable, *arguments])

"""The inside of a worker process, from the fork to its end."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple, NoReturn

LOAD_FAILED = 3
"""Exit code of a worker that could not load the application."""

KILL_MARGIN = 2.0
"""Seconds that a worker gets beyond its graceful timeout, to end by itself."""

logger = logging.getLogger("samovar.server")


class Task(NamedTuple):
    """What workers do.

    Attributes:
        load: Loads the application.
        serve: Serves what was loaded until SIGTERM comes; also given the worker's number, from 0.
        graceful_timeout: Seconds for requests in flight when a worker has to stop.
    """

    load: Callable[[], Any]
    serve: Callable[[Any, int], None]
    graceful_timeout: float


def become_worker(task: Task, number: int, *, lifeline: int, report: int) -> NoReturn:
    """Load and serve in a process that was just forked, and end the process.

    Functions registered with :mod:`atexit` run if the worker registered them; the supervisor's
    are its own.

    Args:
        task: What to do.
        number: The worker's number, from 0.
        lifeline: The reading end of a pipe that only the supervisor can write to: its end of
            file is the supervisor's end.
        report: The writing end of a pipe: a byte says that the application is loaded.
    """
    # A terminal sends Ctrl-C to the whole group; the supervisor tells its workers itself.
    # A function and not SIG_IGN, which programs started from here would inherit.
    signal.signal(signal.SIGINT, _leave_it_to_the_supervisor)
    atexit._clear()
    threading.Thread(
        target=_follow, args=(lifeline, task.graceful_timeout), name="samovar-lifeline", daemon=True
    ).start()
    code = _work(task, number, report)
    atexit._run_exitfuncs()
    _flush()
    # Not sys.exit(): that would run the rest of the supervisor's program in this process.
    os._exit(code)


def _work(task: Task, number: int, report: int) -> int:
    """Load and serve, and return the exit code."""
    try:
        loaded = task.load()
    except SystemExit as error:
        # Whoever ends the process while it loads has said why.
        return LOAD_FAILED if error.code else 0
    except BaseException:
        logger.exception("Worker %d could not load the application", number + 1)
        return LOAD_FAILED
    os.write(report, b"\0")
    try:
        task.serve(loaded, number)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        logger.exception("Worker %d cannot go on", number + 1)
        return 1
    return 0


def _follow(lifeline: int, graceful_timeout: float) -> None:
    """Wait for the supervisor's end, and end with it: an orphan would keep the port."""
    os.read(lifeline, 1)
    logger.error("The supervisor is gone; worker process %d stops", os.getpid())
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(graceful_timeout + KILL_MARGIN)
    os._exit(1)


def _leave_it_to_the_supervisor(signum: int, frame: FrameType | None) -> None:
    """Do nothing."""


def _flush() -> None:
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue  # closed, or nobody reads it

"""The inside of a worker process, from the fork to its end."""

from __future__ import annotations

import atexit
import faulthandler
import logging
import os
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple, NoReturn

from samovar.server.heartbeat import Heart

LOAD_FAILED = 3
"""Exit code of a worker that could not load the application."""

KILL_MARGIN = 2.0
"""Seconds that a worker gets beyond its graceful timeout, to end by itself."""

REPORT = struct.Struct("<i?")
"""What a worker reports: its process id, and whether it wants to be replaced; if not, it has
loaded the application."""

_LEFT_TO_THE_SUPERVISOR = ("SIGINT", "SIGHUP", "SIGTTIN", "SIGTTOU")
"""Signals that a terminal sends to the whole group of processes, or an operator by mistake to a
worker: the supervisor says what follows from them."""

logger = logging.getLogger("samovar.server")


class Task(NamedTuple):
    """What workers do.

    Attributes:
        load: Loads the application.
        serve: Serves what was loaded until SIGTERM comes; also given the worker's own side.
        graceful_timeout: Seconds for requests in flight when a worker has to stop.
    """

    load: Callable[[], Any]
    serve: Callable[[Any, WorkerSide], None]
    graceful_timeout: float


class WorkerSide(NamedTuple):
    """What a worker has to do with its supervisor.

    Attributes:
        number: The worker's place, from 0.
        heart: Beats while the worker's loop comes round.
        report: The writing end of a pipe to the supervisor.
    """

    number: int
    heart: Heart
    report: int

    def has_loaded(self) -> None:
        """Say that the application is loaded."""
        os.write(self.report, REPORT.pack(os.getpid(), False))

    def ask_for_successor(self) -> None:
        """Ask to be replaced, once another worker is ready to serve."""
        os.write(self.report, REPORT.pack(os.getpid(), True))


def become_worker(task: Task, side: WorkerSide, lifeline: int) -> NoReturn:
    """Load and serve in a process that was just forked, and end the process.

    Functions registered with :mod:`atexit` run if the worker registered them; the supervisor's
    are its own.

    Args:
        task: What to do.
        side: The worker's own side.
        lifeline: The reading end of a pipe that only the supervisor can write to: its end of
            file is the supervisor's end.
    """
    for name in _LEFT_TO_THE_SUPERVISOR:
        # A function and not SIG_IGN, which programs started from here would inherit.
        signal.signal(signal.Signals[name], _leave_it_to_the_supervisor)
    _show_stacks_when_it_crashes()
    atexit._clear()
    threading.Thread(
        target=_follow, args=(lifeline, task.graceful_timeout), name="samovar-lifeline", daemon=True
    ).start()
    code = _work(task, side)
    atexit._run_exitfuncs()
    _flush()
    # Not sys.exit(): that would run the rest of the supervisor's program in this process.
    os._exit(code)


def _work(task: Task, side: WorkerSide) -> int:
    """Load and serve, and return the exit code."""
    try:
        loaded = task.load()
    except SystemExit as error:
        # Whoever ends the process while it loads has said why.
        return LOAD_FAILED if error.code else 0
    except BaseException:
        logger.exception("Worker %d could not load the application", side.number + 1)
        return LOAD_FAILED
    side.has_loaded()
    try:
        task.serve(loaded, side)
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        logger.exception("Worker %d cannot go on", side.number + 1)
        return 1
    return 0


def _show_stacks_when_it_crashes() -> None:
    """Have a crash of C code, and the supervisor's SIGABRT, show what each thread was doing."""
    if not faulthandler.is_enabled():
        try:
            faulthandler.enable(all_threads=True)
        except (RuntimeError, OSError, ValueError):
            return  # standard error is closed, or no file


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

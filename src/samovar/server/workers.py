"""Several processes that share the listening sockets, and the supervisor that keeps them up.

The supervisor forks the workers and then only waits: for signals, for workers that end or fall
silent, and for the time to replace one. It loads no application (unless it is to be preloaded)
and touches no connection, so little can go wrong with it; a worker that finds it gone stops by
itself.

The first worker is started alone. Once it has loaded the application the others follow; if it
cannot, neither could they, and the supervisor gives up.

A worker that is to be replaced serves until its successor has loaded the application. Both
accept from the same sockets, so no connection is refused meanwhile.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TypeVar

from samovar.server.heartbeat import Heart
from samovar.server.settings import Settings
from samovar.server.signal_pipe import SignalPipe
from samovar.server.systemd import Notifier
from samovar.server.worker_places import Place, Process, describe_end
from samovar.server.worker_process import (
    KILL_MARGIN,
    LOAD_FAILED,
    REPORT,
    Task,
    WorkerSide,
    become_worker,
)

QUICK_STOP = 1.0
"""Seconds for requests in flight after Ctrl-C: whoever pressed it waits at the terminal."""

SHOW_STACKS_SECONDS = 2.0
"""How long a stuck worker may take to write what each of its threads was doing."""

MOST_WORKERS = 512
"""Workers that SIGTTIN goes up to: far more than one machine has use for, and fewer than it
would break down under."""

Loaded = TypeVar("Loaded")

logger = logging.getLogger("samovar.server")


class Supervisor:
    """Keeps workers running until it is told to stop.

    Args:
        task: What a worker does.
        settings: For the number of workers, and when one counts as stuck.
        on_loaded: Called when the first worker has loaded the application.
        on_stop: Called when the workers are told to stop.
        notifier: Told from time to time that the supervisor is alive.
    """

    def __init__(
        self,
        task: Task,
        settings: Settings,
        on_loaded: Callable[[], None],
        on_stop: Callable[[], None],
        notifier: Notifier,
    ) -> None:
        self._notifier = notifier
        self._reloading = False
        self._task = task
        self._worker_timeout = settings.worker_timeout
        self._preloaded = settings.preload
        self._on_loaded = on_loaded
        self._on_stop = on_stop
        self._places = [Place(number) for number in range(settings.workers)]
        self._leaving: list[Process] = []
        self._to_replace: deque[Place] = deque()
        self._signals = SignalPipe(
            (
                signal.SIGTERM,
                signal.SIGINT,
                signal.SIGCHLD,
                signal.SIGHUP,
                signal.SIGTTIN,
                signal.SIGTTOU,
            )
        )
        self._lifeline = self._reports = (-1, -1)
        self._had_terminal = has_terminal()
        # nohup has the signal ignored.
        self._outlives_terminal = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        self._next_listening = 0.0
        self._loaded = False
        self._stopping = False
        self._exit_code = 0

    def run(self) -> int:
        """Start the workers and stay until all have ended.

        Returns:
            The exit code: 0 after a stop that was asked for, 1 where the application could not
            be loaded.
        """
        self._lifeline, self._reports = os.pipe(), os.pipe()
        try:
            with self._signals:
                while not (self._stopping and not any(self._processes())):
                    self._start_due()
                    self._replace_next()
                    self._tell_when_replaced()
                    self._notifier.alive()
                    wait = self._seconds_to_wait()
                    signals, has_report = self._signals.wait(wait, self._reports[0])
                    if has_report:
                        self._hear_reports()
                    for signum in signals:
                        self._obey(signum)
                    self._reap()
                    self._listen_to_hearts()
                    self._kill_late()
        finally:
            for descriptor in (*self._lifeline, *self._reports):
                os.close(descriptor)
        return self._exit_code

    def _processes(self) -> Iterator[Process]:
        """Give all processes that have not ended."""
        for place in self._places:
            if place.process is not None:
                yield place.process
            if place.successor is not None:
                yield place.successor
        yield from self._leaving

    def _wanted(self) -> list[Place]:
        """Return the places that should be taken, as far as is known."""
        return self._places if self._loaded else self._places[:1]

    def _seconds_to_wait(self) -> float | None:
        """Return how long nothing is to be done, or None for as long as nothing comes."""
        times = [process.kill_at for process in self._processes() if process.kill_at is not None]
        if not self._stopping:
            times += [place.start_at for place in self._wanted() if place.process is None]
            if self._worker_timeout:
                times.append(self._next_listening)
        if self._notifier.next is not None:
            times.append(self._notifier.next)
        return max(min(times) - time.monotonic(), 0.0) if times else None

    # Starting.

    def _start_due(self) -> None:
        if self._stopping:
            return
        for place in self._wanted():
            if place.process is None and place.start_at <= time.monotonic():
                try:
                    place.process = self._start(place)
                except OSError as error:
                    place.failures += 1
                    why, delay = error.strerror, place.put_off()
                    logger.error(
                        "The system starts no worker (%s); next try in %g seconds", why, delay
                    )

    def _start(self, place: Place) -> Process:
        """Fork a worker.

        Raises:
            OSError: The system has no room for it.
        """
        sys.stdout.flush()
        sys.stderr.flush()
        heart = Heart(self._worker_timeout)
        # No signal may reach the child while it still has the supervisor's handlers.
        signal.pthread_sigmask(signal.SIG_BLOCK, self._signals.signals)
        try:
            pid = os.fork()
        except OSError:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._signals.signals)
            raise
        if not pid:
            self._signals.leave_in_child()
            os.close(self._lifeline[1])
            os.close(self._reports[0])
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._signals.signals)
            side = WorkerSide(place.number, heart, self._reports[1])
            become_worker(self._task, side, self._lifeline[0])
        signal.pthread_sigmask(signal.SIG_UNBLOCK, self._signals.signals)
        logger.info("Worker %d started (pid %d)", place.number + 1, pid)
        return Process(pid, place.number, heart)

    def _hear_reports(self) -> None:
        """Learn which workers have loaded the application, and which want to be replaced."""
        data = os.read(self._reports[0], REPORT.size * MOST_WORKERS)
        for pid, wants_successor in REPORT.iter_unpack(data):
            for place in self._places:
                if place.process is not None and place.process.pid == pid:
                    if wants_successor:
                        self._queue(place)
                    else:
                        self._has_loaded(place.process)
                elif place.successor is not None and place.successor.pid == pid:
                    self._succeed(place, place.successor)

    def _has_loaded(self, process: Process) -> None:
        process.loaded = True
        if not self._loaded:  # the first one is waited for
            self._loaded = True
            self._on_loaded()

    # Replacing.

    def _queue(self, place: Place) -> None:
        if place not in self._to_replace and place.successor is None:
            self._to_replace.append(place)

    def _replace_next(self) -> None:
        """Start a successor, unless another place is being changed: memory is for one more."""
        while self._to_replace and not self._stopping and not self._leaving:
            if any(place.successor is not None for place in self._places):
                return
            place = self._to_replace.popleft()
            # A place that is empty just now gets a new process anyhow.
            if place.process is not None and place in self._places:
                try:
                    place.successor = self._start(place)
                except OSError as error:
                    logger.error("The system starts no worker (%s)", error.strerror)
                    self._stay_as_it_is()

    def _tell_when_replaced(self) -> None:
        """Say that a replacement of all workers is over."""
        if self._reloading and not self._to_replace:
            if all(place.successor is None for place in self._places):
                self._reloading = False
                self._notifier.ready()

    def _succeed(self, place: Place, successor: Process) -> None:
        """Have a process take its place, and the one before it leave."""
        successor.loaded = True
        before, place.process, place.successor = place.process, successor, None
        if before is not None:
            self._dismiss(before)

    def _dismiss(self, process: Process) -> None:
        """Let a process finish what it has in flight, and end."""
        logger.info("Worker %d (pid %d) is to leave", process.place + 1, process.pid)
        process.stop(self._task.graceful_timeout + KILL_MARGIN)
        self._leaving.append(process)

    def _stay_as_it_is(self) -> None:
        self._to_replace.clear()
        logger.error("No worker is replaced for now: those of before go on")

    def _change_count(self, change: int) -> None:
        """Have one worker more or one less."""
        if change > 0 and len(self._places) < MOST_WORKERS:
            self._places.append(Place(len(self._places)))
        elif change < 0 and len(self._places) > 1:
            place = self._places.pop()
            for process in (place.process, place.successor):
                if process is not None:
                    self._dismiss(process)
        logger.info("There are to be %d workers now", len(self._places))

    # Ending.

    def _reap(self) -> None:
        for process in list(self._leaving):
            code = process.poll()
            if code is not None:
                self._leaving.remove(process)
                logger.info("Worker %d (pid %d) has left", process.place + 1, process.pid)
        for place in self._places:
            if place.successor is not None and place.successor.poll() is not None:
                place.successor = None
                if not self._stopping:
                    self._stay_as_it_is()
            if place.process is not None:
                code = place.process.poll()
                if code is not None:
                    self._ended(place, place.process, code)

    def _ended(self, place: Place, process: Process, code: int) -> None:
        """Decide what follows on the end of a worker."""
        place.process, place.successor = place.successor, None
        if process.has_worked:
            place.failures = 0
        if self._stopping:
            return
        if not self._loaded:
            if code != LOAD_FAILED:  # the worker itself has said why
                logger.error("The first worker %s while it loaded", describe_end(code))
            self._exit_code = 1
            self._stop(signal.SIGINT)
            return
        delay = 0.0
        if place.process is None:
            place.failures += code == LOAD_FAILED  # trying again at once would find the same
            delay = place.put_off()
            place.failures += code != LOAD_FAILED
        logger.error(
            "Worker %d (pid %d) %s; a new one takes its place %s",
            place.number + 1,
            process.pid,
            "was stuck and has been ended" if process.stuck else describe_end(code),
            f"in {delay:g} seconds" if delay else "at once",
        )

    def _listen_to_hearts(self) -> None:
        """End workers that have fallen silent, and have them say what they were doing."""
        now = time.monotonic()
        if not self._worker_timeout or now < self._next_listening:
            return
        every = self._worker_timeout / 4
        late, self._next_listening = now - self._next_listening, now + every
        if late > every:
            return  # what kept this process from running may have kept the workers too
        for process in self._processes():
            if process.kill_at is None and process.heart.is_silent():
                logger.error(
                    "Worker %d (pid %d) is stuck: its loop has not come round for %g seconds."
                    " It is ended; what its threads were doing:",
                    process.place + 1,
                    process.pid,
                    self._worker_timeout,
                )
                process.stuck = True
                process.kill_at = now + SHOW_STACKS_SECONDS
                process.send(signal.SIGABRT)

    def _kill_late(self) -> None:
        for process in self._processes():
            if process.kill_at is not None and time.monotonic() >= process.kill_at:
                process.send(signal.SIGKILL)
                process.kill_at = time.monotonic() + KILL_MARGIN

    # What signals ask for.

    def _obey(self, signum: signal.Signals) -> None:
        if signum in (signal.SIGTERM, signal.SIGINT):
            self._stop(signum)
        elif self._stopping:
            return
        elif signum == signal.SIGTTIN:
            self._change_count(1)
        elif signum == signal.SIGTTOU:
            self._change_count(-1)
        elif signum == signal.SIGHUP:
            if self._had_terminal and not has_terminal():
                self._had_terminal = False
                if self._outlives_terminal:
                    logger.warning("The terminal was closed; the server goes on")
                else:
                    self._stop(signal.SIGTERM)
                return  # nobody has asked for new workers
            more = ", from the program as it was preloaded" if self._preloaded else ""
            logger.info("All workers are replaced, one by one%s", more)
            self._notifier.reloading()
            self._reloading = True
            for place in self._places:
                self._queue(place)

    def _end_loading(self) -> None:
        """End workers that do not serve yet, before the others stop to accept.

        The system would go on queueing connections for them, and reset those as they end.
        """
        for place in self._places:
            if place.process is not None and not place.process.loaded:
                place.process.kill()
                place.process = None
            if place.successor is not None:
                place.successor.kill()
                place.successor = None

    def _stop(self, signum: signal.Signals) -> None:
        """Have the workers end; the second time, end them."""
        if self._stopping:
            for process in self._processes():
                process.kill_at = 0.0
            return
        self._stopping = True
        self._end_loading()
        self._on_stop()
        patience = self._task.graceful_timeout if signum == signal.SIGTERM else QUICK_STOP
        for process in self._processes():
            process.stop(patience + KILL_MARGIN)


def supervise(
    load: Callable[[], Loaded],
    serve: Callable[[Loaded, WorkerSide], None],
    settings: Settings,
    *,
    on_loaded: Callable[[], None],
    on_stop: Callable[[], None],
    notifier: Notifier | None = None,
) -> int:
    """Run worker processes until SIGTERM or SIGINT comes. Blocks; for the main thread only.

    A worker that ends is replaced, at once or, if it ends again and again, after a growing
    delay; one whose loop does not come round is ended and replaced. SIGHUP replaces all of them,
    one by one; SIGTTIN and SIGTTOU make them one more and one less. SIGTERM lets the workers
    finish what is in flight, SIGINT (Ctrl-C) gives them a moment, and a second signal ends them.

    Args:
        load: Loads the application; called in each worker process, or once in this one if the
            settings say ``preload``.
        serve: Called there with what was loaded and the worker's own side. Serves on the sockets
            it shares with the others until SIGTERM comes.
        settings: For the number of workers and how patient to be with them.
        on_loaded: Called in this process when the first worker has loaded the application.
        on_stop: Called in this process when the workers are told to stop: no more will be
            started, and what was kept for them can be closed.
        notifier: Told from time to time that this process is alive.

    Returns:
        The exit code for the program: 0 after a stop that was asked for, 1 if the application
        could not be loaded.

    Raises:
        RuntimeError: If the system cannot fork.
        Exception: What ``load`` raises, where it is called here.
    """
    if not hasattr(os, "fork"):
        raise RuntimeError(
            "This system cannot share a socket between forked processes: use --workers 1."
        )
    if settings.preload:
        load = _preload(load)
    task = Task(load, serve, settings.graceful_timeout)
    return Supervisor(task, settings, on_loaded, on_stop, notifier or Notifier("")).run()


def _preload(load: Callable[[], Loaded]) -> Callable[[], Loaded]:
    """Load the application, and return a function that returns it."""
    loaded = load()
    this = threading.current_thread()
    started = [thread.name for thread in threading.enumerate() if thread is not this]
    if started:
        logger.warning(
            "The preloaded program has started threads (%s), which no worker has: a fork takes"
            " only the thread that forks along. Start them at the first request, or leave out"
            " --preload",
            ", ".join(started),
        )
    # What is there now stays in memory that the workers share, for no collection writes to it.
    gc.collect()
    gc.freeze()
    return lambda: loaded


def has_terminal() -> bool:
    """Whether the process belongs to a terminal that is still there."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True

"""A server: listening sockets, the loop that serves them, and how it is stopped."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from socket import socket, socketpair
from typing import Any

from samovar.exchange import Handler
from samovar.server.counting import CountingHandler
from samovar.server.descriptors import make_room
from samovar.server.heartbeat import Heart
from samovar.server.listen import bind, close_all
from samovar.server.loop import Loop
from samovar.server.newcomers import Newcomers
from samovar.server.pidfile import PidFile
from samovar.server.place import UnixPath, parse_place
from samovar.server.privileges import become, find_identity
from samovar.server.settings import Settings
from samovar.server.signal_pipe import SignalPipe
from samovar.server.systemd import Notifier
from samovar.server.tls import TLS
from samovar.server.unix_socket import remove_left
from samovar.server.worker_process import WorkerSide
from samovar.server.workers import QUICK_STOP, has_terminal, supervise

SWITCH_SECONDS = 0.0005
"""CPython's switch interval while a server runs: how long a computing view keeps the loop
waiting after each system call. Beside four clients of a 20 ms view that computes, a fast route
is answered twice as often as at the default of 5 ms (`make bench`, workload cpu-beside)."""


class Server:
    """Serves a handler in this process. Its sockets are bound when it is made.

    Args:
        handler: The application.
        settings: How to serve.
        sockets: Listening sockets to use instead of binding any. The server closes them.
        heart: Beats while the server serves, where a supervisor watches over it.
        tls: What is needed to speak TLS; by default as the settings say.

    Attributes:
        addresses: What it listens on, as ``getsockname()`` gives it.
        heart: As given.
        tls: What it speaks TLS with, or None.

    Raises:
        OSError: An address cannot be listened on, or the certificate is unfit; the message is
            for the user.
    """

    def __init__(
        self,
        handler: Handler,
        settings: Settings,
        sockets: Sequence[socket] | None = None,
        heart: Heart | None = None,
        tls: TLS | None = None,
    ) -> None:
        self.tls = tls if tls is not None else make_tls(settings)
        listeners = list(sockets) if sockets is not None else bind(settings)
        self.addresses = [listener.getsockname() for listener in listeners]
        self.heart = heart
        self._settings = settings
        self._loop = Loop(handler, settings, listeners, Newcomers(settings, self.tls), heart)

    def serve(self) -> None:
        """Serve until :meth:`stop` is called. Blocks; the work is done in other threads."""
        sys.setswitchinterval(SWITCH_SECONDS)
        self._loop.start()
        self._loop.join()
        remove_left(self.addresses)

    def stop(self, grace: float | None = None) -> None:
        """Accept no more, finish what is in flight, and have :meth:`serve` return.

        Any thread and any signal handler may call it. Does not block.

        Args:
            grace: Seconds for what is in flight; by default as the settings say.
        """
        self._loop.stop(self._settings.graceful_timeout if grace is None else grace)


def run(
    load: Callable[[], Handler],
    settings: Settings,
    *,
    on_ready: Callable[[list[Any]], None] | None = None,
    sockets: Sequence[socket] | None = None,
) -> int:
    """Serve until SIGINT or SIGTERM comes. Call it from the main thread.

    Where the settings name a user, this process becomes that user once it listens, and before
    the application is loaded.

    Args:
        load: Makes the handler; called once in each process that serves.
        settings: How to serve; with more than one worker, in processes below a supervisor.
        on_ready: Called with the addresses once the application is loaded and they are listened
            on.
        sockets: Listening sockets to use instead of binding any; closed here.

    Returns:
        The exit code for the process.

    Raises:
        OSError: An address cannot be listened on, the certificate is unfit, the file for the
            process's number belongs to another server, or this process cannot become the user;
            the message is for the user.
        Exception: What ``load`` raises, where there is a single process.
    """
    tls = make_tls(settings)
    listeners = list(sockets) if sockets is not None else bind(settings)
    addresses = [listener.getsockname() for listener in listeners]
    notifier = Notifier.claim()

    def announce() -> None:
        if on_ready is not None:
            on_ready(addresses)
        notifier.ready()

    def close() -> None:
        notifier.stopping()
        # Who connects after the last worker's end should be refused, not wait in its queue.
        for listener in listeners:
            listener.close()

    def serve(handler: Handler, side: WorkerSide) -> None:
        handler = _counted(handler, settings, side)
        heart = side.heart if settings.worker_timeout else None
        _serve_as_worker(Server(handler, settings, listeners, heart, tls))

    try:
        with _as_told(settings):
            if settings.supervised:
                return supervise(
                    load, serve, settings, on_loaded=announce, on_stop=close, notifier=notifier
                )
            heart = Heart(notifier.interval) if notifier.interval else None
            _serve_alone(Server(load(), settings, listeners, heart, tls), announce, notifier)
            return 0
    finally:
        close_all(listeners)


def _counted(handler: Handler, settings: Settings, side: WorkerSide) -> Handler:
    """Have a worker replaced after a number of requests, where that is wanted."""
    if not settings.max_requests:
        return handler
    most, jitter = settings.max_requests, settings.max_requests_jitter
    return CountingHandler(handler, most, jitter, side.ask_for_successor)


@contextmanager
def _as_told(settings: Settings) -> Iterator[None]:
    """Write the file for the process's number and become another user, where wanted."""
    make_room(settings.max_connections)
    with ExitStack() as stack:
        identity = None
        if settings.user or settings.group:
            identity = find_identity(settings.user, settings.group)
        if settings.pidfile:
            owner = identity.uid if identity is not None else -1
            stack.enter_context(PidFile(settings.pidfile, owner))
        if identity is not None:
            for text in settings.bind:
                place = parse_place(text)
                if isinstance(place, UnixPath):
                    os.chown(place.path, identity.uid, identity.gid)
            become(identity)
        yield


def _serve_alone(server: Server, announce: Callable[[], None], notifier: Notifier) -> None:
    """Serve until SIGTERM (graceful) or SIGINT (quick) comes; a second one ends it at once.

    With TLS, SIGHUP has the certificate read anew, unless it says that the terminal was closed.
    """
    graces = {signal.SIGTERM: None, signal.SIGINT: QUICK_STOP}
    hangup = _hangup() if server.tls is not None else None
    had_terminal = hangup is not None and has_terminal()
    if hangup is not None:
        graces[hangup] = None
    told = False

    def obey(signum: signal.Signals) -> None:
        nonlocal told
        if signum == hangup and server.tls is not None and has_terminal() >= had_terminal:
            notifier.reloading()
            server.tls.renew()
            notifier.ready()
            return
        notifier.stopping()
        server.stop(0.0 if told else graces[signum])
        told = True

    _serve_and_obey(server, tuple(graces), obey, announce, notifier)


def _hangup() -> signal.Signals | None:
    """Return SIGHUP where the system has it and it is not ignored, as it is below nohup."""
    hangup: signal.Signals | None = getattr(signal, "SIGHUP", None)
    return None if hangup is None or signal.getsignal(hangup) == signal.SIG_IGN else hangup


def make_tls(settings: Settings) -> TLS | None:
    """Return what is needed to speak TLS, or None where the settings name no certificate.

    Raises:
        CertificateUnfit: There is no certificate that could be used.
    """
    return TLS(settings.cert, settings.key) if settings.cert else None


def _serve_as_worker(server: Server) -> None:
    """Serve until SIGTERM comes.

    Only the supervisor loses patience with a worker: the same signal may come from it and, sent
    to the whole group of processes, from elsewhere too.
    """
    if server.tls is not None:
        server.tls.renew()  # a worker that takes another's place may have come for this
    nobody = Notifier("")
    _serve_and_obey(server, (signal.SIGTERM,), lambda signum: server.stop(), lambda: None, nobody)


def _serve_and_obey(
    server: Server,
    signals: Sequence[signal.Signals],
    obey: Callable[[signal.Signals], None],
    announce: Callable[[], None],
    notifier: Notifier,
) -> None:
    """Serve in another thread, and wait for signals in this one, if it is the main thread.

    Whoever hears the announcement may send signals. The notifier is told that the service is
    alive for as long as its loop comes round.
    """
    if threading.current_thread() is not threading.main_thread():
        announce()
        server.serve()
        return
    ended, ending = socketpair()

    def serve() -> None:
        with ending:
            server.serve()

    thread = threading.Thread(target=serve, name="samovar-server", daemon=True)
    with ended, SignalPipe(signals) as pipe:
        announce()
        thread.start()
        has_ended = False
        while not has_ended:
            if server.heart is None or not server.heart.is_silent():
                notifier.alive()
            wait = notifier.interval / 4 if notifier.interval else None
            received, has_ended = pipe.wait(wait, ended.fileno())
            for signum in received:
                obey(signum)
        thread.join()

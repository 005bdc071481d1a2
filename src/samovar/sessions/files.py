"""Sessions in files: the content stays on the server, the cookie carries only its number.

What is in the session may be larger than a cookie and of any type that can be pickled::

    from samovar.sessions.files import FileSystemSessionInterface

    app.session_interface = FileSystemSessionInterface("cache", threshold=1000)
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from threading import Lock
from typing import Any, ClassVar

from cachelib.file import FileSystemCache
from werkzeug.wrappers import Request, Response

from samovar.sessions.interface import SecureCookieSession, SessionInterface, SessionMixin
from samovar.typing import Application, StrPath

DEFAULT_THRESHOLD = 500
"""How many sessions are kept; with more, those that ended go, then the ones saved longest ago."""

ID_BYTES = 32
"""The random bytes in a session's number: 256 bits, which nobody guesses."""

MAX_ID_LENGTH = 64
"""The longest number that is looked up, in characters; ours have 43."""


class FileSystemSession(SecureCookieSession):
    """A session that lives in a file.

    Args:
        initial: The first content.
        sid: The session's number, or None for a session that has no file yet.
    """

    def __init__(self, initial: Mapping[str, Any] | None = None, sid: str | None = None) -> None:
        super().__init__(initial)
        self.sid = sid
        self.new = sid is None

    def regenerate(self) -> None:
        """Give the session a new number when it is saved, and remove the old file.

        Call it when somebody logs in, so that a number that was planted in the browser before
        is worth nothing.
        """
        self.renewed = True
        self.modified = True

    renewed: bool = False
    """Whether the session gets another number when it is saved."""


class FileSystemSessionInterface(SessionInterface):
    """Keeps sessions in files of one folder, which nothing else may use.

    The files are named by a hash of the session's number and readable by their owner only.
    They hold pickles: who can write to the folder can run code in the app. No secret key is
    needed. Reading and writing block for the time of a small file; of two requests of one
    session that change it at the same time, the later one to end wins.

    Args:
        folder: The folder, made where it is missing. A relative path starts from the working
            directory of the moment.
        threshold: How many sessions to keep, 0 for no limit; see :data:`DEFAULT_THRESHOLD`.
    """

    pickle_based: ClassVar[bool] = True
    session_class: type[FileSystemSession] = FileSystemSession
    """The class of sessions."""

    def __init__(self, folder: StrPath, threshold: int = DEFAULT_THRESHOLD) -> None:
        self.folder = os.path.abspath(folder)
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        self._files = FileSystemCache(self.folder, threshold=threshold, mode=0o600)
        self._changing = Lock()

    def open_session(self, app: Application, request: Request) -> FileSystemSession:
        """Return the session whose number the request's cookie carries, or a new one.

        A number without a file is not taken over: the browser gets one of ours.
        """
        sid = request.cookies.get(self.get_cookie_name(app))
        if sid and len(sid) <= MAX_ID_LENGTH:
            content = self._read(app, sid)
            if content is not None:
                return self.session_class(content, sid)
        return self.session_class()

    def save_session(self, app: Application, session: SessionMixin, response: Response) -> None:
        """Write the session's file and cookie, where it changed or is to be refreshed.

        A session that was emptied loses both.
        """
        if not isinstance(session, FileSystemSession):
            raise TypeError(
                f"{type(self).__name__} saves the sessions that it opened, and was given"
                f" {session!r}."
            )
        if session.accessed:
            response.vary.add("Cookie")
        if session.sid is not None and session.modified and (session.renewed or not session):
            with self._changing:
                self._files.delete(session.sid)
            session.sid = None
            if not session:
                self._delete_cookie(app, response)
        if not session or not self.should_set_cookie(app, session):
            return
        if session.sid is None:
            session.sid = secrets.token_urlsafe(ID_BYTES)
        lifetime = int(app.permanent_session_lifetime.total_seconds())
        self._write(session.sid, dict(session), lifetime)
        self._set_cookie(app, session, response, session.sid)

    def _read(self, app: Application, sid: str) -> dict[str, Any] | None:
        try:
            content: dict[str, Any] | None = self._files.get(sid)
        except Exception:
            # Unpickling raises anything: a class was renamed since, for instance.
            app.logger.warning("A session cannot be read any more; it starts anew.", exc_info=True)
            return None
        return content

    def _write(self, sid: str, content: dict[str, Any], lifetime: int) -> None:
        # While the folder is over its threshold, somebody who makes room may take a file away that
        # is just being written. One process does one thing at a time here; another process would
        # have to hit the same moment twice.
        with self._changing:
            for _ in range(2):
                if self._files.set(sid, content, timeout=lifetime):
                    return
        raise OSError(f"The session could not be written to the folder {self.folder!r}.")

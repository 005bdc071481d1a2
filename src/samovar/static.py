"""Files as responses."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import IO, Any, BinaryIO, NamedTuple

import werkzeug.utils
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from samovar.context import current_application, request
from samovar.exchange import Exchange, FileSegment
from samovar.response import Response
from samovar.typing import Application, StrPath

BLOCK = 65536
"""The bytes of a file that are read at a time, where the system cannot send it by itself."""

MAX_KNOWN_FILES = 1024
"""The files whose header fields are remembered; some 600 bytes each."""

MaxAge = int | Callable[[str | None], int | None] | None
"""How long a browser may keep a file, in seconds, or what says so for a file's name."""


def send_file(
    path_or_file: StrPath | IO[bytes],
    mimetype: str | None = None,
    as_attachment: bool = False,
    download_name: str | None = None,
    conditional: bool = True,
    etag: bool | str = True,
    last_modified: datetime | int | float | None = None,
    max_age: MaxAge = None,
) -> Response:
    """Return a response with the content of a file.

    Never give it a path that a user sent: :func:`send_from_directory` is made for that.

    Args:
        path_or_file: The path, which starts from the folder of the app where it is relative.
            Or a file open for reading bytes, which the response closes.
        mimetype: The media type; by default what the name's ending says.
        as_attachment: Have the browser save the file instead of showing it.
        download_name: The name to save it under; by default the file's own.
        conditional: Answer with 304 or 206 where the request asks for it.
        etag: The entity tag; True makes one of path, size and time.
        last_modified: When the file changed; by default what the file system says.
        max_age: How long a browser may keep the file without asking, in seconds, or a function
            that returns it for the path. By default the app's get_send_file_max_age() says it.

    Raises:
        FileNotFoundError: There is no such file.
        TypeError: There is neither a path nor a ``download_name`` or ``mimetype`` that says what
            it is.
        ValueError: The file is open for text.
    """
    app = current_application()
    path = None
    if isinstance(path_or_file, str | os.PathLike):
        path = os.path.join(app.root_path, path_or_file)
    if max_age is None:
        max_age = app.get_send_file_max_age
    if callable(max_age):
        max_age = max_age(path)
    options = (mimetype, as_attachment, download_name, conditional, etag, last_modified)

    def make() -> Response:
        return _make(app, path or path_or_file, options, max_age)

    if path is not None and (*options, max_age) == _NO_OPTIONS and _is_plain(app):
        return _memory.recall(path, make)
    return make()


def _make(app: Application, file: Any, options: tuple[Any, ...], max_age: int | None) -> Response:
    mimetype, as_attachment, download_name, conditional, etag, last_modified = options
    response: Any = werkzeug.utils.send_file(
        file,
        environ=request.environ,
        mimetype=mimetype,
        as_attachment=as_attachment,
        download_name=download_name,
        conditional=conditional,
        etag=etag,
        last_modified=last_modified,
        max_age=max_age,
        use_x_sendfile=app.config["USE_X_SENDFILE"],
        response_class=app.response_class,
    )
    made: Response = response
    return made


def send_from_directory(directory: StrPath, path: StrPath, **kwargs: Any) -> Response:
    """Return a response with the content of a file that lies in a folder.

    Args:
        directory: The folder, which starts from that of the app where it is relative. Never one
            that a user sent.
        path: The path below the folder. It may come from a user: one that leads out of the
            folder is not found.
        **kwargs: As for :func:`send_file`.

    Raises:
        NotFound: There is no such file in the folder.
    """
    inside = safe_join(os.fspath(directory), os.fspath(path))
    if inside is not None:
        inside = os.path.join(current_application().root_path, inside)
        if os.path.isfile(inside):
            return send_file(inside, **kwargs)
    raise NotFound


_NO_OPTIONS = (None, False, None, True, True, None, None)
"""The options of :func:`send_file` where nothing was asked for, and no age is set."""


def _is_plain(app: Application) -> bool:
    """Say whether the request asks for a file as a whole, of our own server."""
    exchange: Exchange | None = getattr(request, "exchange", None)
    return (
        exchange is not None
        and exchange.method in ("GET", "HEAD")
        and app.response_class is Response
        and not app.config["USE_X_SENDFILE"]
        # A part of it (RFC 9110, section 14), or only if it changed (section 13)?
        and not any(name == b"range" or name[:3] == b"if-" for name, _ in exchange.fields)
    )


class _Known(NamedTuple):
    """What Werkzeug said about a file as it was then."""

    mtime: float
    size: int
    fields: list[tuple[str, str]]


class _Memory:
    """Remembers the header fields of files that were sent, and answers with them again.

    PERF: making them costs Werkzeug 40 µs for each response, and an environ; here it takes 12 µs
    to open the file and to see that it is still the same.
    """

    def __init__(self) -> None:
        self._files: dict[str, _Known] = {}

    def recall(self, path: str, make: Callable[[], Response]) -> Response:
        """Return the response for a file, from memory if the file is still the same.

        Args:
            path: The file.
            make: Makes the response anew.
        """
        known = self._files.get(path)
        response = None if known is None else _answer_again(path, known)
        if response is None:
            response = make()
            self._note(path, response)
        return response

    def _note(self, path: str, response: Response) -> None:
        status = os.stat(path)
        # The file may have changed since; what Werkzeug saw is in the entity tag.
        tag = response.get_etag()[0] or ""
        if tag.startswith(f"{status.st_mtime}-{status.st_size}-"):
            fields = [(name, value) for name, value in response.headers if name != "Date"]
            if len(self._files) >= MAX_KNOWN_FILES:
                self._files.clear()
            self._files[path] = _Known(status.st_mtime, status.st_size, fields)


def _answer_again(path: str, known: _Known) -> Response | None:
    """Return the response for a file, or None where it is not as it was."""
    try:
        file = open(path, "rb")  # noqa: SIM115  # the response closes it
    except OSError:
        return None
    status = os.fstat(file.fileno())
    if (status.st_mtime, status.st_size) != known[:2]:
        file.close()
        return None
    content = _FileContent(file, known.size)
    return Response(content, headers=known.fields, direct_passthrough=True)


class _FileContent:
    """The content of an open file, which the server may send without reading it."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size

    def segment(self, length: int | None) -> FileSegment | None:
        """Return what the server is to send, or None where that is not the whole file."""
        return FileSegment(self._file, 0, self._size) if length == self._size else None

    def __iter__(self) -> Iterator[bytes]:
        while block := self._file.read(BLOCK):
            yield block

    def close(self) -> None:
        self._file.close()


_memory = _Memory()

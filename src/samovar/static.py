"""Files as responses."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from time import time
from typing import IO, Any, NamedTuple, cast
from zlib import adler32

import werkzeug.utils
from werkzeug.exceptions import NotFound
from werkzeug.http import http_date
from werkzeug.security import safe_join

from samovar.context import (
    _current_request_ctx,
    _request_ctx_or_none,
    current_application,
    request,
)
from samovar.exchange import Exchange, RequestFields
from samovar.file_response import FileResponse, narrow
from samovar.files.codings import SUFFIXES, wanted_codings
from samovar.files.known import READ, Known, KnownFile, Memory
from samovar.files.media_types import BINARY, media_type
from samovar.fingerprints import PARAMETER, fingerprint, keep_for_good
from samovar.response import Response
from samovar.typing import Application, StrPath, WSGIEnvironment

REMEMBERED_PATHS = 1024
"""Paths below a folder that are taken apart once; some 300 bytes each."""

MaxAge = int | Callable[[str | None], int | None] | None
"""How long a browser may keep a file, in seconds, or what says so for a file's name."""


class _Options(NamedTuple):
    """What a program says about a file; the arguments of :func:`send_file`."""

    mimetype: str | None = None
    as_attachment: bool = False
    download_name: str | None = None
    conditional: bool = True
    etag: bool | str = True
    last_modified: datetime | int | float | None = None


_NO_OPTIONS = _Options()


def send_file(
    path_or_file: StrPath | IO[bytes],
    mimetype: str | None = None,
    as_attachment: bool = False,
    download_name: str | None = None,
    conditional: bool = True,
    etag: bool | str = True,
    last_modified: datetime | int | float | None = None,
    max_age: MaxAge = None,
    *,
    precompressed: bool = False,
) -> Response:
    """Return a response with the content of a file.

    Never give it a path that a user sent: :func:`send_from_directory` is made for that.

    Args:
        path_or_file: The path, which starts from the folder of the app where it is relative.
            Or a file open for reading bytes, which the response closes.
        mimetype: The media type; by default what the name's ending says.
        as_attachment: Have the browser save the file instead of showing it.
        download_name: The name to save it under; by default the file's own.
        conditional: Answer with 304, 206 or 412 where the request asks for it.
        etag: The entity tag; True makes one of path, time and size.
        last_modified: When the file changed; by default what the file system says.
        max_age: How long a browser may keep the file without asking, in seconds, or a function
            that returns it for the path. By default the app's get_send_file_max_age() says it.
        precompressed: Send a compressed copy that lies beside the file, with ``.br``, ``.zst`` or
            ``.gz`` at the end of its name, to those who take it. Not for folders that users put
            files into: one could choose what others get under another's name.

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
    age = max_age(path) if callable(max_age) else max_age
    options = _Options(mimetype, as_attachment, download_name, conditional, etag, last_modified)
    if path is None:
        source = _Source(cast(IO[bytes], path_or_file))
    else:
        exchange = _plain_exchange(app)
        if exchange is not None and options == _NO_OPTIONS:
            response = _recall(app, exchange, (path, precompressed), _cache_fields(age))
            if response is not None:
                return response
        source = _choose(path, precompressed)
    return _send(app, source, options, age)


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
    inside = _inside(current_application().root_path, os.fspath(directory), os.fspath(path))
    if inside is None:
        raise NotFound
    # PERF: what is known was a file, and is looked at again: 2 us saved.
    is_known = _memory.recall((inside, kwargs.get("precompressed", False))) is not None
    if not is_known and not os.path.isfile(inside):
        raise NotFound
    try:
        return send_file(inside, **kwargs)
    except FileNotFoundError:  # it has gone meanwhile
        raise NotFound from None


@lru_cache(REMEMBERED_PATHS)
def _inside(root_path: str, directory: str, path: str) -> str | None:
    """Return the path of what lies in a folder, or None for a path that leads out.

    PERF: remembered, for it depends on nothing but the words: 3 us saved.
    """
    inside = safe_join(directory, path)
    return None if inside is None else os.path.join(root_path, inside)


def send_static(folder: StrPath, filename: str, max_age: int | None) -> Response:
    """Return a response with a file of a static folder, which holds the program's own files.

    Args:
        folder: The folder.
        filename: The path below it, as for :func:`send_from_directory`.
        max_age: How long a browser may keep the file without asking, in seconds; for good, where
            the URL carries the hash of the very content that is sent.

    Raises:
        NotFound: There is no such file.
    """
    response = send_from_directory(folder, filename, max_age=max_age, precompressed=True)
    if current_application().config["STATIC_HASHED_URLS"]:
        asked = request.args.get(PARAMETER)
        # Looked at when the file is open: if it changes now, its hash is not the one asked for.
        if asked is not None and asked == fingerprint(folder, filename):
            keep_for_good(response)
    return response


class _Source(NamedTuple):
    """Where the content of a response comes from.

    Attributes:
        file: The open file.
        path: Where it was opened, or None for one that the program opened.
        name: What says what it is: of a compressed copy, the name of the original.
        coding: The content coding of such a copy, or None.
        has_copies: Whether there are several forms to choose from.
    """

    file: IO[bytes]
    path: str | None = None
    name: str | None = None
    coding: str | None = None
    has_copies: bool = False


def _open(path: str, name: str, coding: str | None = None, has_copies: bool = False) -> _Source:
    """Open a file; a named pipe without a writer holds nobody up."""
    file = open(path, "rb", opener=lambda path, _: os.open(path, READ))  # noqa: SIM115  # kept
    return _Source(file, path, os.path.basename(name), coding, has_copies)


def _choose(path: str, precompressed: bool) -> _Source:
    """Open a file, or the compressed copy of it that the client likes best."""
    copies = _copies_of(path) if precompressed else {}
    if copies:
        for coding in wanted_codings(request.headers.get("Accept-Encoding", "")):
            if coding in copies:
                return _open(copies[coding], path, coding, True)
    return _open(path, path, has_copies=bool(copies))


def _copies_of(path: str) -> dict[str, str]:
    """Return the paths of the compressed copies of a file; an older one is out of date."""
    found = {}
    for coding, suffix in SUFFIXES.items():
        copy = path + suffix
        if os.path.isfile(copy) and os.stat(copy).st_mtime_ns >= os.stat(path).st_mtime_ns:
            found[coding] = copy
    return found


def _send(app: Application, source: _Source, options: _Options, age: int | None) -> Response:
    """Make a response of a file, and have it be what the request asks for."""
    response = _whole(app, source, options, request.environ)
    response.headers.extend(_cache_fields(age))
    method = request.method
    if options.conditional and method in ("GET", "HEAD"):
        # Of what the program opened, only a file in memory is sure to bear it.
        can_seek = source.path is not None or isinstance(source.file, io.BytesIO)
        response.date = datetime.now(UTC)
        narrow(response, _request_fields(), method, source.file if can_seek else None)
        if response.status_code == 304:
            # Some servers would send the file all the same.
            response.headers.pop("X-Sendfile", None)
    return response


def _etag(source: _Source, status: os.stat_result) -> str:
    """Return an entity tag as Flask writes it, so that what a cache got from Flask stays good."""
    check = adler32(os.fsencode(source.path or "")) & 0xFFFFFFFF
    tag = f"{status.st_mtime}-{status.st_size}-{check}"
    return f"{tag}-{source.coding}" if source.coding else tag


def _whole(
    app: Application, source: _Source, options: _Options, environ: WSGIEnvironment
) -> Response:
    """Return a response with all of a file, without a word about how long it may be kept.

    What the other headers say is Werkzeug's, and so Flask's.
    """
    file: Any = source.file
    size = None
    use_x_sendfile = source.path is not None and app.config["USE_X_SENDFILE"]
    if source.path is not None:
        status = os.fstat(file.fileno())
        size = status.st_size
        tag = _etag(source, status) if options.etag is True else options.etag
        modified = options.last_modified
        options = options._replace(
            download_name=options.download_name or source.name,
            etag=tag,
            last_modified=status.st_mtime if modified is None else modified,
        )
    if use_x_sendfile:
        file.close()
        file = source.path
    if options.mimetype is None and options.download_name is not None:
        found = media_type(options.download_name)
        if found.coding is None or source.coding is not None:
            options = options._replace(mimetype=found.mimetype or BINARY)
    made: Any = werkzeug.utils.send_file(
        file,
        environ,
        use_x_sendfile=use_x_sendfile,
        response_class=app.response_class,
        **options._replace(conditional=False)._asdict(),
    )
    response: Response = made
    del response.headers["Cache-Control"]
    if size is not None:
        response.content_length = size
    if source.has_copies:
        response.vary.add("Accept-Encoding")
    if source.coding is not None:
        response.content_encoding = source.coding
    return response


def _cache_fields(age: int | None) -> tuple[tuple[str, str], ...]:
    """Return the fields that say how long a file may be kept without asking, in seconds."""
    if age is None:
        return _ASK_EACH_TIME
    kept = f"public, max-age={age}" if age > 0 else f"no-cache, max-age={age}"
    return (("Cache-Control", kept), ("Expires", http_date(int(time()) + age)))


_ASK_EACH_TIME = (("Cache-Control", "no-cache"),)


def _request_fields() -> RequestFields:
    """Return the field lines of the current request."""
    exchange = _current_request_ctx().exchange
    if exchange is not None:
        return exchange.fields
    return [
        (name.lower().encode("latin-1"), value.encode("latin-1", "replace"))
        for name, value in request.headers
    ]


def _plain_exchange(app: Application) -> Exchange | None:
    """Return the exchange of a request for a file of our own server."""
    context = _request_ctx_or_none()
    exchange = None if context is None else context.exchange
    if (
        exchange is None
        or exchange.method not in ("GET", "HEAD")
        or app.response_class is not Response
        or app.config["USE_X_SENDFILE"]
    ):
        return None
    return exchange


_Key = tuple[str, bool]
"""A path, and whether compressed copies of it are sent, too."""

_memory = Memory[_Key]()


def _recall(
    app: Application, exchange: Exchange, key: _Key, cache: tuple[tuple[str, str], ...]
) -> FileResponse | None:
    """Return the response for a file that is known, or gets known by this.

    PERF: what Werkzeug says of a file costs 40 us each time; from memory it takes 5 us.

    Returns:
        The response, or None where the file is being changed at this moment.
    """
    for known in (_memory.recall(key), None):
        if known is None:
            known = _look_up(app, key)
        file = known.plain
        if known.copies:
            if not file.is_unchanged():
                continue
            file = known.preferred(dict(exchange.fields).get(b"accept-encoding", b""))
        response = FileResponse.of(file, exchange, cache)
        if response is not None:
            return response
    _memory.forget(key)
    return None


def _look_up(app: Application, key: _Key) -> Known:
    path, precompressed = key
    found = _copies_of(path) if precompressed else {}
    plain = _describe(app, _open(path, path, has_copies=bool(found)))
    copies = {
        coding: _describe(app, _open(copy, path, coding, True)) for coding, copy in found.items()
    }
    return _memory.note(key, plain, copies)


def _describe(app: Application, source: _Source) -> KnownFile:
    """Return what is to be remembered of a file, and close it."""
    assert source.path is not None, "only what lies in the file system is remembered"
    response = _whole(app, source, _NO_OPTIONS, {})
    fields = [field for field in response.headers if field[0] != "Content-Length"]
    fields.append(("Accept-Ranges", "bytes"))
    with source.file as file:
        return KnownFile(source.path, file, tuple(fields), response.headers["ETag"])

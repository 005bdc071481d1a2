"""Files as responses."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from typing import IO, Any

import werkzeug.utils

from samovar.context import current_application, request
from samovar.response import Response
from samovar.typing import StrPath

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
    return _send(
        werkzeug.utils.send_file,
        path_or_file,
        mimetype=mimetype,
        as_attachment=as_attachment,
        download_name=download_name,
        conditional=conditional,
        etag=etag,
        last_modified=last_modified,
        max_age=max_age,
    )


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
    return _send(werkzeug.utils.send_from_directory, directory, path, **kwargs)


def _send(send: Callable[..., Any], *args: StrPath | IO[bytes], **kwargs: Any) -> Response:
    """Call Werkzeug with what it cannot know of the app and the request."""
    app = current_application()
    if kwargs.get("max_age") is None:
        kwargs["max_age"] = app.get_send_file_max_age
    response: Response = send(
        *args,
        environ=request.environ,
        use_x_sendfile=app.config["USE_X_SENDFILE"],
        response_class=app.response_class,
        _root_path=os.fspath(app.root_path),
        **kwargs,
    )
    return response

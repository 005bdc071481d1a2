"""The WSGI environ of a request (PEP 3333, "environ Variables").

Representation: the exchange holds bytes; the environ holds *native strings*, which PEP 3333
defines as bytes decoded as latin-1, whatever they mean. No value is guessed at: an application
that wants UTF-8 encodes as latin-1 again and decodes as it likes.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from samovar.exchange import Exchange
from samovar.server.file_wrapper import FileWrapper

REMEMBERED_NAMES = 512
"""Field names whose environ key is remembered: the names in common use are some 150, and a
client that invents others only pushes out its own."""

REMEMBERED_BASES = 16
"""Base environs kept ready: one for each listening address and scheme."""


def build_environ(
    exchange: Exchange, *, server: tuple[str, int], multithread: bool, multiprocess: bool
) -> dict[str, Any]:
    """Make the environ of a request.

    Field lines of the same name are joined with a comma (RFC 9110, section 5.3), cookies with
    a semicolon. A name with an underscore is left out: as an environ key it could not be told
    from the name with a dash, and would let a client forge what a trusted proxy sets.

    A chunked body that was collected before the call is shown by its ``CONTENT_LENGTH``, as
    RFC 9112, section 7.1.3 decodes it; one that is still arriving has none, and ends where
    ``wsgi.input`` ends (``wsgi.input_terminated``).

    Args:
        exchange: The request.
        server: Host and port that the request arrived at.
        multithread: Whether another thread may call the application at the same time.
        multiprocess: Whether another process may serve the same application.

    Returns:
        A dict that belongs to the caller.
    """
    # PERF: copying a ready dict costs 0.2 us, writing its keys one by one 0.6 us.
    environ = _base(server, exchange.scheme, multithread, multiprocess).copy()
    target = str(exchange.target, "latin-1")
    environ["REQUEST_METHOD"] = exchange.method
    environ["REQUEST_URI"] = environ["RAW_URI"] = target
    environ["SERVER_PROTOCOL"] = "HTTP/" + exchange.http_version
    environ["wsgi.input"] = exchange.body
    environ["wsgi.errors"] = sys.stderr

    peer = exchange.peer
    if isinstance(peer, str):
        environ["REMOTE_ADDR"] = peer
    else:
        environ["REMOTE_ADDR"] = peer[0]
        environ["REMOTE_PORT"] = str(peer[1])

    for name, value in exchange.fields:
        key = _environ_key(name)
        if key is None:
            continue
        if key in environ:
            glue = "; " if key == "HTTP_COOKIE" else ","
            environ[key] += glue + str(value, "latin-1")
        else:
            environ[key] = str(value, "latin-1")

    if "HTTP_TRANSFER_ENCODING" in environ and exchange.content_length is not None:
        del environ["HTTP_TRANSFER_ENCODING"]
        environ["CONTENT_LENGTH"] = str(exchange.content_length)

    if target[:1] != "/":
        target = _origin_form(target, environ)
    path, _, environ["QUERY_STRING"] = target.partition("?")
    environ["PATH_INFO"] = path if "%" not in path else _decoded(path)
    return environ


@lru_cache(REMEMBERED_BASES)
def _base(
    server: tuple[str, int], scheme: str, multithread: bool, multiprocess: bool
) -> dict[str, Any]:
    """Return what is the same for every request; callers copy it."""
    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": server[0] or "localhost",
        "SERVER_PORT": str(server[1]),
        "SERVER_SOFTWARE": "samovar",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input_terminated": True,
        "wsgi.multithread": multithread,
        "wsgi.multiprocess": multiprocess,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
    }


@lru_cache(REMEMBERED_NAMES)
def _environ_key(name: bytes) -> str | None:
    """Return the key of a field name (lower-case), or None where it has to be left out."""
    if b"_" in name:
        return None
    key = str(name, "latin-1").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key


def _origin_form(target: str, environ: dict[str, Any]) -> str:
    """Return path and query of a target that does not start with a slash.

    In the absolute-form the target's authority is what the client asked for, and replaces the
    Host field (RFC 9112, section 3.2.2). The authority-form names no path: its is empty. Nor does
    the asterisk-form, but an empty path would be that of the front page: it stays what it is, as
    other servers have it, and no route matches it.
    """
    if target == "*":
        return target
    scheme, separator, rest = target.partition("://")
    if not separator or not scheme.isalpha():
        return ""
    end = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    environ["HTTP_HOST"] = rest[:end].rpartition("@")[2]
    path = rest[end:]
    return path if path.startswith("/") else "/" + path


def _decoded(path: str) -> str:
    """Percent-decode a path; sequences that are no percent-encoding stay as they are."""
    return str(unquote_to_bytes(path.encode("latin-1")), "latin-1")

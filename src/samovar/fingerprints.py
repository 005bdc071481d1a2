"""URLs of static files that carry a hash of the content, so that browsers keep them for good.

With STATIC_HASHED_URLS, ``url_for("static", filename="app.js")`` is ``/static/app.js?v=`` and a
hash. When the file changes, so does the URL; what is kept under the old one is not asked for any
more. Requests without the hash, or with one of other content, are answered as ever.
"""

from __future__ import annotations

import hashlib
import os
from stat import S_ISREG
from typing import Any

from werkzeug.security import safe_join

from samovar.files.known import Signature, is_settled, signature_of
from samovar.response import Response
from samovar.typing import StrPath

PARAMETER = "v"
"""What carries the hash in the query of a URL."""

YEAR = 365 * 24 * 3600
"""Seconds for which such a file may be kept: what caches take for "for good" (RFC 9111)."""

LENGTH = 16
"""Digits of a hash in a URL: two files of one name in 2**64 have the same."""

MAX_HASHED = 64 << 20
"""Bytes of a file up to which its URL gets a hash: reading it takes 0.1 s, once."""

MAX_KNOWN = 4096
"""Files whose hash is remembered; some 300 bytes each."""

_known: dict[str, tuple[Signature, str]] = {}
"""The hash of a file by its path, with the state of the file that it belongs to."""


def add_fingerprint(folder: StrPath | None, values: dict[str, Any]) -> None:
    """Add the hash of a static file to the values that its URL is built of.

    Args:
        folder: The static folder.
        values: The values; ``filename`` names the file. One that is not there gets no hash.
    """
    filename = values.get("filename")
    if folder is None or filename is None or PARAMETER in values:
        return
    found = fingerprint(folder, filename)
    if found is not None:
        values[PARAMETER] = found


def fingerprint(folder: StrPath, filename: str) -> str | None:
    """Return the hash of a file below a folder, or None where there is none to hash."""
    path = safe_join(os.fspath(folder), filename)
    if path is None:
        return None
    try:
        status = os.stat(path)
        known = _known.get(path)
        if known is not None and known[0] == signature_of(status):
            return known[1]
        if status.st_size > MAX_HASHED or not S_ISREG(status.st_mode):
            return None
        with open(path, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()[:LENGTH]
    except OSError:
        return None
    if is_settled(status):
        if len(_known) >= MAX_KNOWN:
            _known.clear()
        _known[path] = (signature_of(status), found)
    return found


def keep_for_good(response: Response) -> None:
    """Have browsers keep a response without ever asking again (RFC 8246)."""
    response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    response.headers.pop("Expires", None)

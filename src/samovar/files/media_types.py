"""What a file is, by its name.

Python's :mod:`mimetypes` decides, which asks the system, too. The web's own formats are put right
here, for systems are old, or say ``text/plain`` of a script, which browsers then refuse to run.
"""

from __future__ import annotations

import mimetypes
import os
from typing import NamedTuple

from werkzeug.utils import get_content_type

BINARY = "application/octet-stream"
"""The type of what is not known; a browser saves it."""

_WEB = {
    ".avif": "image/avif",
    ".cjs": "text/javascript",
    ".flac": "audio/flac",
    ".glb": "model/gltf-binary",
    ".js": "text/javascript",
    ".jsonld": "application/ld+json",
    ".jxl": "image/jxl",
    ".m4a": "audio/mp4",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".opus": "audio/ogg",
    ".otf": "font/otf",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}

_DOUBTFUL = frozenset(
    (
        None,
        "text/plain",
        # Obsolete names of text/javascript (RFC 9239, section 6) and of the fonts.
        "application/javascript",
        "application/x-javascript",
        "application/font-woff",
        "application/font-woff2",
        "application/x-font-ttf",
        "application/x-font-otf",
    )
)
"""What a system says that does not know better. Anything else is somebody's decision."""

_COMPRESSED = {
    "gzip": "application/gzip",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
    "br": "application/x-brotli",
    "compress": "application/x-compress",
}
"""Types of compressed files, by :mod:`mimetypes`' name of their coding."""


class MediaType(NamedTuple):
    """What a file is.

    Attributes:
        mimetype: The media type without parameters, or None where the name does not say.
        coding: How it is compressed, or None.
    """

    mimetype: str | None
    coding: str | None

    def of_file(self, unknown: str = BINARY) -> str:
        """Return the Content-Type of the file as it lies there: an archive is an archive.

        Args:
            unknown: The media type where the name does not say.
        """
        mimetype = self.mimetype
        if self.coding is not None:
            mimetype = _COMPRESSED.get(self.coding, BINARY)
        return get_content_type(mimetype or unknown, "utf-8")


def media_type(name: str) -> MediaType:
    """Return what a file of this name is.

    >>> media_type("app.mjs").of_file()
    'text/javascript; charset=utf-8'
    >>> media_type("site.tar.gz")
    MediaType(mimetype='application/x-tar', coding='gzip')
    """
    # The dot in front keeps a colon in the name from making it a URL.
    guessed, coding = mimetypes.guess_type(f"./{name}")
    if guessed in _DOUBTFUL and coding is None:
        guessed = _WEB.get(os.path.splitext(name)[1].lower(), guessed)
    return MediaType(guessed, coding)

"""``start_response``: how a WSGI application states status and field lines (PEP 3333).

Everything an application gets wrong is told to it here, while its own code is on the stack.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from types import TracebackType

WRITTEN_IN_MEMORY = 1024 * 1024
"""Bytes handed to ``write()`` that are kept in memory; more goes to a temporary file."""

REMEMBERED_LINES = 256
"""Status lines and field names whose check is remembered: far more than an application has."""

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

_HOP_BY_HOP = frozenset(
    "proxy-authenticate proxy-authorization proxy-connection te trailer trailers "
    "transfer-encoding upgrade".split()
)
"""Fields that PEP 3333 forbids to applications. Connection and Keep-Alive would belong here, but
many existing ones send them along with event streams; the server takes them as a wish."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")  # RFC 9110, section 5.6.2
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")  # RFC 9110, section 5.5


class StartResponse:
    """The callable given to the application, and what it was called with.

    Attributes:
        status: The status code, or 0 until the application has called.
        reason: The reason phrase, or None where it is the standard one.
        fields: The field lines.
        length: The announced Content-Length in bytes, or None.
        sent: Whether the head is beyond recall.
        written: What was handed to ``write()``, or None. Whoever takes it closes it.
    """

    __slots__ = ("fields", "length", "reason", "sent", "status", "written", "written_bytes")

    def __init__(self) -> None:
        self.status = 0
        self.reason: str | None = None
        self.fields: tuple[tuple[str, str], ...] = ()
        self.length: int | None = None
        self.sent = False
        self.written: SpooledTemporaryFile[bytes] | None = None
        self.written_bytes = 0

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], object]:
        """Take status and field lines.

        Args:
            status: Code and reason phrase, as in ``"200 OK"``.
            headers: (name, value) pairs without hop-by-hop fields.
            exc_info: Given by an application that replaces what it said before, because an
                error happened since.

        Returns:
            ``write(data)``, for applications that do not return their body.

        Raises:
            RuntimeError: If it was called before and there is no ``exc_info``.
            TypeError: If an argument has the wrong type.
            ValueError: If status, a name or a value may not be sent.
            BaseException: The error of ``exc_info``, where the head has already been sent.
        """
        if exc_info is not None:
            try:
                if self.sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # The traceback holds this frame: no cycle (PEP 3333).
        elif self.status:
            raise RuntimeError(
                "start_response() was called twice. To replace a response after an error, "
                "give it exc_info=sys.exc_info()."
            )
        code, reason = parse_status(status)
        length = check_fields(headers)
        self.status, self.reason, self.length = code, reason, length
        self.fields = tuple(headers)
        return self.write

    def write(self, data: bytes) -> None:
        """Take a piece of the body before what the application returns.

        The pieces are sent when the application returns: it runs to its end first, however
        slowly the client reads.

        Raises:
            TypeError: If the piece is not bytes.
            ValueError: If there is more than the announced Content-Length.
        """
        if not isinstance(data, bytes):
            raise TypeError(f"write() takes bytes, not {type(data).__name__}: {data!r:.80}")
        self.written_bytes += len(data)
        if self.length is not None and self.written_bytes > self.length:
            raise ValueError(
                f"write() got {self.written_bytes} bytes, but Content-Length says {self.length}"
            )
        self.sent = True
        if self.written is None:
            # No with block: who takes the reply's body closes it.
            self.written = SpooledTemporaryFile(WRITTEN_IN_MEMORY)  # noqa: SIM115
        self.written.write(data)


@lru_cache(REMEMBERED_LINES)
def parse_status(status: str) -> tuple[int, str | None]:
    """Split a status line's end into code and reason phrase.

    >>> parse_status("200 OK")
    (200, None)
    >>> parse_status("200 Fine")
    (200, 'Fine')

    Returns:
        The code, and the reason phrase or None where it is the standard one.

    Raises:
        TypeError: If it is not a str.
        ValueError: If it has another form, or names an interim response (1xx).
    """
    if not isinstance(status, str):
        raise TypeError(f'The status is text like "200 OK", not {status!r}')
    code, space, reason = status[:3], status[3:4], status[4:]
    if not (space == " " and code.isascii() and code.isdigit() and code >= "200"):
        raise ValueError(
            f"The status {status!r} cannot be sent: write three digits from 200 on, a space "
            'and a reason, as in "200 OK".'
        )
    if not _FIELD_VALUE.fullmatch(reason):
        raise ValueError(f"The status {status!r} has a character that cannot be sent.")
    try:
        standard = HTTPStatus(int(code)).phrase
    except ValueError:
        return int(code), reason
    return int(code), None if reason == standard else reason


def check_fields(headers: object) -> int | None:
    """Check that an application's field lines may be sent as they are.

    Returns:
        The announced Content-Length in bytes, or None.

    Raises:
        TypeError: If it is not a list of pairs of str.
        ValueError: If a name or a value may not be sent.
    """
    if not isinstance(headers, list):
        raise TypeError(f"The headers are a list of (name, value) pairs, not {headers!r:.200}")
    length: int | None = None
    for pair in headers:
        if type(pair) is not tuple or len(pair) != 2:
            raise TypeError(f"A header is a tuple (name, value), not {pair!r:.200}")
        name, value = pair
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f"A header's name and value are text, not {pair!r:.200}")
        # PERF: isascii() and isprintable() hold for nearly all, at a third of a match's cost.
        if not (value.isascii() and value.isprintable()) and not _FIELD_VALUE.fullmatch(value):
            raise ValueError(
                f"The header {name!r} has a value that cannot be sent: {value!r:.200}. "
                "Line breaks, control characters and characters beyond latin-1 are not allowed."
            )
        if check_name(name) == "content-length":
            length = _checked_length(value, length)
    return length


@lru_cache(REMEMBERED_LINES)
def check_name(name: str) -> str:
    """Return a field name in lower case.

    Raises:
        ValueError: If it is no token, or names a field that only the server may send.
    """
    if not _TOKEN.fullmatch(name):
        raise ValueError(
            f"The header name {name!r:.200} cannot be sent: write letters, digits and dashes."
        )
    lower = name.lower()
    if lower in _HOP_BY_HOP:
        raise ValueError(
            f"The header {name!r} is for the server to send (it concerns one connection only, "
            "RFC 9110, section 7.6.1): leave it out."
        )
    return lower


def _checked_length(value: str, earlier: int | None) -> int:
    if not (value.isascii() and value.isdigit()):
        raise ValueError(f"Content-Length is a number of bytes, not {value!r:.200}")
    if earlier is not None:
        raise ValueError("Content-Length is there twice; give it once.")
    return int(value)

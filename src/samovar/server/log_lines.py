"""The formats of the access log: each makes a line from what is known about a request.

A line is plain ASCII whatever the client sent: quotes, backslashes, control characters and
bytes beyond ASCII are escaped, so that nothing a client sends can forge or tear a line.
Of the field lines only Referer and User-Agent are ever shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from time import localtime, strftime
from typing import Any, Protocol

from samovar.exchange import RequestFields

Peer = tuple[Any, ...] | str

_MONTHS = ("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec").split()
_UNSAFE = re.compile(r'[^\x20-\x7e]|["\\]')


class Line(Protocol):
    """Formats one line, without its end."""

    def __call__(
        self,
        date: str,
        method: str,
        target: bytes,
        http_version: str,
        peer: Peer,
        status: int,
        size: int,
        fields: RequestFields,
        seconds: float | None,
    ) -> str:
        """Return the line; for the arguments see :meth:`AccessLog.log`."""
        ...


def escape(text: str) -> str:
    r"""Return text that can stand between quotes in a line.

    >>> print(escape('a "b"'))
    a \x22b\x22
    """
    # PERF: the first test holds for nearly every request and costs 0.1 us; a search 0.3 us.
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return _UNSAFE.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def _head(date: str, method: str, target: bytes, http_version: str, peer: Peer, status: int) -> str:
    """Format what plain, common and combined lines begin with, up to the status."""
    host = (peer if isinstance(peer, str) else peer[0]) or "-"
    # PERF: str() is twice as fast as decode().
    request_line = escape(f"{method} {str(target, 'latin-1')} HTTP/{http_version}")
    return f'{host} - - [{date}] "{request_line if method else "-"}" {status}'


def plain(
    date: str,
    method: str,
    target: bytes,
    http_version: str,
    peer: Peer,
    status: int,
    size: int,
    fields: RequestFields,
    seconds: float | None,
) -> str:
    """Format a line as development servers have long shown it, without size."""
    return _head(date, method, target, http_version, peer, status) + " -"


def common(
    date: str,
    method: str,
    target: bytes,
    http_version: str,
    peer: Peer,
    status: int,
    size: int,
    fields: RequestFields,
    seconds: float | None,
) -> str:
    """Format a line of the Common Log Format."""
    return f"{_head(date, method, target, http_version, peer, status)} {size or '-'}"


def combined(
    date: str,
    method: str,
    target: bytes,
    http_version: str,
    peer: Peer,
    status: int,
    size: int,
    fields: RequestFields,
    seconds: float | None,
) -> str:
    """Format a line of the Combined Log Format: common, referer and user agent."""
    head = _head(date, method, target, http_version, peer, status)
    referer = escape(_field(fields, b"referer")) or "-"
    agent = escape(_field(fields, b"user-agent")) or "-"
    return f'{head} {size or "-"} "{referer}" "{agent}"'


def as_json(
    date: str,
    method: str,
    target: bytes,
    http_version: str,
    peer: Peer,
    status: int,
    size: int,
    fields: RequestFields,
    seconds: float | None,
) -> str:
    """Format a line as a JSON object; ``duration`` is in milliseconds."""
    return json.dumps(
        {
            "time": date,
            "peer": peer if isinstance(peer, str) else peer[0],
            "method": method,
            "target": str(target, "latin-1"),
            "protocol": f"HTTP/{http_version}",
            "status": status,
            "bytes": size,
            "duration": None if seconds is None else round(seconds * 1000, 3),
            "referer": _field(fields, b"referer"),
            "user_agent": _field(fields, b"user-agent"),
        }
    )


def _field(fields: RequestFields, wanted: bytes) -> str:
    """Return the first value of a field, or ``""``; it is not escaped."""
    for name, value in fields:
        if name == wanted:
            return str(value, "latin-1")
    return ""


def plain_date(now: int) -> str:
    """Return local time as ``21/Apr/2016 08:02:28``."""
    at = localtime(now)
    # %b would follow the locale, which the application may have set.
    return f"{at.tm_mday:02d}/{_MONTHS[at.tm_mon - 1]}/{at.tm_year} {strftime('%H:%M:%S', at)}"


def common_date(now: int) -> str:
    """Return local time as ``21/Apr/2016:08:02:28 +0200``."""
    return plain_date(now).replace(" ", ":") + strftime(" %z", localtime(now))


def json_date(now: int) -> str:
    """Return local time as ``2016-04-21T08:02:28+0200`` (ISO 8601)."""
    return strftime("%Y-%m-%dT%H:%M:%S%z", localtime(now))


KINDS: dict[str, tuple[Line, Callable[[int], str]]] = {
    "plain": (plain, plain_date),
    "common": (common, common_date),
    "combined": (combined, common_date),
    "json": (as_json, json_date),
}
"""By the name that an operator writes: the format, and how it shows the time."""

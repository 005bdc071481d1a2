"""From a response to the reply that the server sends, without an environ where it can be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from werkzeug.wrappers import Response as ResponseBase
from werkzeug.wsgi import ClosingIterator

from samovar.async_content import AsyncContent
from samovar.exchange import Exchange, FileSegment, Reply, ReplyBody
from samovar.response import STANDARD_STATUS

_DELIVERY = (
    "__call__",
    "close",
    "get_app_iter",
    "get_wsgi_headers",
    "get_wsgi_response",
    "iter_encoded",
)
"""Methods of a response that have a say in how it is sent."""

NO_CONTENT = frozenset((*range(100, 200), 204, 304))
"""Status codes of responses without content (RFC 9110, section 6.4.1)."""

_RELATIVE = frozenset(("location", "content-location"))
"""Fields with a URL, which Werkzeug writes as a URI."""

REMEMBERED_CLASSES = 64
"""Classes of responses that are looked at once; a program has a handful."""


def reply_of(response: Any, exchange: Exchange) -> Reply:
    """Return the reply for a response of a view.

    PERF: Werkzeug's way through an environ and a start_response costs 14 us, this one 2 us.

    Args:
        response: A response, or any WSGI callable.
        exchange: The request.
    """
    cls: Any = type(response)
    if not _is_plain(cls) or response.autocorrect_location_header:
        return called(response, exchange)
    status: int = response.status_code
    fields: list[tuple[str, str]] = list(response.headers)
    if status in NO_CONTENT or not _RELATIVE.isdisjoint([name.lower() for name, _ in fields]):
        fields = list(response.get_wsgi_headers({}))
    reason = None
    if response.status != STANDARD_STATUS.get(status):
        reason = response.status.partition(" ")[2]
    body, on_close = _body_of(response, status, fields)
    return Reply(status, fields, body, reason, on_close)


@lru_cache(REMEMBERED_CLASSES)
def _is_plain(cls: Any) -> bool:
    """Say whether a class leaves it to us how its responses are sent."""
    return issubclass(cls, ResponseBase) and all(
        getattr(cls, name) is getattr(ResponseBase, name) for name in _DELIVERY
    )


def _body_of(
    response: ResponseBase, status: int, fields: list[tuple[str, str]]
) -> tuple[ReplyBody, Callable[[], None] | None]:
    """Return the body, and what is to be called when it is sent."""
    content = response.response
    if status in NO_CONTENT:
        return b"", response.close
    if isinstance(content, list | tuple):
        body = b""
        if len(content) == 1 and type(content[0]) is bytes:
            body = content[0]
        elif content:
            body = b"".join(response.iter_encoded())
        if not response.automatically_set_content_length:
            return (body,), response.close
        return body, response.close if response._on_close else None
    if isinstance(content, AsyncContent):
        return content.encoded(), response.close
    if response.direct_passthrough:
        segment = getattr(content, "segment", None)
        if segment is not None:
            length = response.content_length
            part: FileSegment | None = segment(length)
            if part is not None:
                return part, response.close
        return content, response.close  # type: ignore[return-value] # bytes, as it says itself
    return ClosingIterator(response.iter_encoded(), response.close), None


def called(application: Any, exchange: Exchange) -> Reply:
    """Call a WSGI callable, and return the reply that it asks for."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    written: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        started[:] = [(status, headers)]
        return written.append

    result: Iterable[bytes] = application(exchange.environ(), start_response)
    first: Iterable[bytes] = ()
    iterator = iter(result)
    if not started:
        # A generator starts its response when it is first asked for something.
        first = [next(iterator, b"")]
    status_line, headers = started[0]
    code, _, reason = status_line.partition(" ")
    close: Callable[[], None] | None = getattr(result, "close", None)
    return Reply(int(code), headers, _chained(written, first, iterator), reason, close)


def _chained(*parts: Iterable[bytes]) -> Iterable[bytes]:
    for part in parts:
        yield from part

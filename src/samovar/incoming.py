"""An exchange as a request shows it: header fields and body, in Werkzeug's types.

The answers equal those of the WSGI environ of the same exchange, which is not made for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BufferedRandom, BytesIO
from typing import IO, Any, BinaryIO, NoReturn
from urllib.parse import unquote_to_bytes

from werkzeug.datastructures import Headers
from werkzeug.datastructures.mixins import ImmutableHeadersMixin
from werkzeug.exceptions import (
    BadRequest,
    BadRequestKeyError,
    HTTPException,
    RequestEntityTooLarge,
    RequestTimeout,
)
from werkzeug.wsgi import LimitedStream

from samovar.exchange import BodyError, Exchange, RequestFields


class FieldHeaders(ImmutableHeadersMixin, Headers):  # type: ignore[misc] # Werkzeug's own pattern
    """Header fields that are decoded when they are asked for, and cannot be changed.

    Repeated fields are joined, with a comma (RFC 9110, section 5.3) or, for cookies, a semicolon.
    Names with an underscore are not shown, as they have no place in an environ.

    Args:
        fields: The field lines of a request, names lower-case.
    """

    def __init__(self, fields: RequestFields) -> None:
        self._fields = fields
        self._decoded: list[tuple[str, str]] | None = None

    @property
    def _list(self) -> list[tuple[str, str]]:  # type: ignore[override] # nobody writes to it
        if self._decoded is None:
            self._decoded = _decoded(self._fields)
        return self._decoded

    def _get_key(self, key: str) -> str:
        if not isinstance(key, str):
            raise BadRequestKeyError(key)
        # PERF: most requests are asked for one or two fields.
        wanted = key.lower().replace("_", "-").encode("latin-1", "replace")
        found = [value for name, value in self._fields if name == wanted]
        if not found:
            # Not a bad request, as for a missing form field: it is the program's to expect this.
            raise KeyError(key)
        glue = b"; " if wanted == b"cookie" else b","
        return str(found[0] if len(found) == 1 else glue.join(found), "latin-1")

    def __getitem__(self, key: Any) -> Any:
        return self._get_key(key)

    def getlist(self, key: str, type: Callable[[str], Any] | None = None) -> list[Any]:
        """Return the values of a field as a list, which has one at the most."""
        if type is not None:
            return super().getlist(key, type)
        if key.lower() != "cookie":
            return super().getlist(key)
        # PERF: cookies are read by this, and no other field is to be decoded for them: 2 us.
        try:
            return [self._get_key(key)]
        except KeyError:
            return []

    def __contains__(self, key: object) -> bool:
        try:
            self._get_key(key)  # type: ignore[arg-type] # it refuses what is no text
        except KeyError:
            return False
        return True

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FieldHeaders):
            return NotImplemented
        return self._fields is other._fields

    __hash__ = None

    def copy(self) -> NoReturn:
        """Refuse to copy, as the headers of an environ do.

        Raises:
            TypeError: Always; ``Headers(request.headers)`` makes a copy that can be changed.
        """
        raise TypeError(f"cannot create {type(self).__name__!r} copies")

    def __or__(self, other: object) -> NoReturn:
        self.copy()


def _decoded(fields: RequestFields) -> list[tuple[str, str]]:
    """Return the fields as an environ would list them."""
    joined: dict[bytes, bytes] = {}
    for name, value in fields:
        if b"_" in name:
            continue
        if name in joined:
            value = joined[name] + (b"; " if name == b"cookie" else b",") + value
        joined[name] = value
    return [
        (str(name, "latin-1").title(), str(value, "latin-1"))
        for name, value in joined.items()
        if value or name not in (b"content-type", b"content-length")
    ]


def path_of(target: bytes) -> tuple[str, bytes]:
    """Return path and query of a request target in origin-form.

    The path is percent-decoded, and what is no UTF-8 is replaced (U+FFFD).

    >>> path_of(b"/caf%C3%A9?x=1")
    ('/café', b'x=1')
    """
    path, _, query = target.partition(b"?")
    return decoded_path(path), query


def decoded_path(path: bytes) -> str:
    """Return a path percent-decoded, with U+FFFD for what is no UTF-8."""
    if b"%" in path:
        path = unquote_to_bytes(path)
    return path.decode("utf-8", "replace")


def body_stream(exchange: Exchange, limit: int | None) -> IO[bytes]:
    """Return the body as a file.

    Args:
        exchange: The request.
        limit: The most bytes that may be read, or None.

    Returns:
        A file that raises an HTTP exception where the rest of the body will not come or where
        it is longer than the limit.

    Raises:
        RequestEntityTooLarge: The body's known length is over the limit.
    """
    length = exchange.content_length
    if limit is not None and length is not None and length > limit:
        raise RequestEntityTooLarge
    body = exchange.body
    if type(body) not in (BytesIO, BufferedRandom):
        body = _Translating(body)  # type: ignore[assignment] # it is a file all the same
    if limit is not None:
        return LimitedStream(body, limit, is_max=True)  # type: ignore[return-value] # likewise
    return body


_EXCEPTIONS: dict[int, type[HTTPException]] = {408: RequestTimeout, 413: RequestEntityTooLarge}


class _Translating:
    """A file whose :class:`~samovar.exchange.BodyError` comes out as an HTTP exception."""

    def __init__(self, body: BinaryIO) -> None:
        self._body = body

    def _call(self, method: Callable[..., Any], *args: Any) -> Any:
        try:
            return method(*args)
        except BodyError as error:
            raise _EXCEPTIONS.get(error.status, BadRequest)(str(error)) from error

    def read(self, size: int | None = -1) -> bytes:
        data: bytes = self._call(self._body.read, size)
        return data

    def readline(self, size: int | None = -1) -> bytes:
        line: bytes = self._call(self._body.readline, size)
        return line

    def readlines(self, hint: int = -1) -> list[bytes]:
        lines: list[bytes] = self._call(self._body.readlines, hint)
        return lines

    def readinto(self, buffer: Any) -> int:
        count: int = self._call(self._body.readinto, buffer)  # type: ignore[attr-defined]
        return count

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)

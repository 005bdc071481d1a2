"""Responses with a file in them: made of what is known of it, or narrowed to what was asked for."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any, Self

from werkzeug.datastructures import Headers
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_date

from samovar.exchange import Exchange, Reply, ReplyFields, RequestFields
from samovar.files.conditions import NAMES, Validators, conditions_of
from samovar.files.content import FileContent
from samovar.files.known import KnownFile
from samovar.files.ranges import Span
from samovar.files.selection import Representation, Selection, select
from samovar.response import Response


class FileResponse(Response):
    """A response with a file that is known, or a part of it.

    It becomes a whole response, with headers and all, when somebody looks at it. Where nobody
    does, :meth:`reply` says what is to be sent.

    PERF: to make a response, and a reply of it, costs 20 us; the reply alone 1 us.

    Args:
        status: The status code.
        fields: The header fields, with Content-Length or not.
        content: What is sent; None is nothing.
    """

    def __init__(
        self, status: int, fields: ReplyFields, content: bytes | FileContent | None
    ) -> None:
        self.__dict__["_unseen"] = (status, fields, content)

    @classmethod
    def of(
        cls, file: KnownFile, exchange: Exchange, cache: tuple[tuple[str, str], ...]
    ) -> Self | None:
        """Return the response for a request, or None where the file is not as it was.

        Args:
            file: The file.
            exchange: The request.
            cache: Further header fields: those that say how long it may be kept.

        Raises:
            RequestedRangeNotSatisfiable: The request asks for a part that is not there.
        """
        if NAMES.isdisjoint(dict(exchange.fields)):
            fields = file.fields + cache
            if file.content is not None:
                return cls(200, fields, file.content) if file.is_unchanged() else None
            selection = Selection(200, fields, (Span(0, file.whole.size),))
        else:
            conditions = conditions_of(exchange.fields)
            assert conditions is not None, "one of their names is there"
            whole = file.whole._replace(fields=file.fields + cache)
            selection = select(whole, conditions, exchange.method)
            if selection.status == 416:
                raise RequestedRangeNotSatisfiable(whole.size)
            if not selection.spans:
                return (
                    cls(selection.status, selection.fields, None) if file.is_unchanged() else None
                )
        opened = file.open()
        if opened is None:
            return None
        content = FileContent(opened, selection.spans, selection.heads)
        return cls(selection.status, selection.fields, content)

    def reply(self) -> Reply | None:
        """Return what is to be sent where nobody has looked at the response, or else None."""
        unseen = self.__dict__.get("_unseen")
        if unseen is None:
            return None
        status, fields, content = unseen
        if content is None:
            return Reply(status, fields)
        if type(content) is bytes:
            return Reply(status, fields, content)
        return Reply(status, fields, content.only_segment() or content)

    def _make(self) -> None:
        """Become a whole response."""
        status, fields, content = self.__dict__.pop("_unseen")
        if type(content) is bytes:
            content = FileContent(BytesIO(content), (Span(0, len(content)),))
        super().__init__(content, status, Headers(fields), direct_passthrough=True)
        if content is not None:
            # Also where the program puts something else in its place.
            self.call_on_close(content.close)
            if "Content-Length" not in self.headers:
                self.content_length = sum(span.stop - span.start for span in content.spans)

    def __getattr__(self, name: str) -> Any:
        if "_unseen" not in self.__dict__:
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self
            )
        self._make()
        return getattr(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if "_unseen" in self.__dict__:
            self._make()
        super().__setattr__(name, value)


def narrow(response: Response, fields: RequestFields, method: str, file: IO[bytes] | None) -> None:
    """Have a response with a whole file be what the request asks for.

    Args:
        response: With status 200, and a Content-Length where the size is known.
        fields: The field lines of the request.
        method: The method of the request.
        file: The file, to send a part of it; None where there can be no parts.

    Raises:
        RequestedRangeNotSatisfiable: The request asks for a part that is not there.
    """
    headers = response.headers
    size = response.content_length
    if file is not None and size is not None:
        headers["Accept-Ranges"] = "bytes"
    conditions = conditions_of(fields)
    if conditions is None:
        return
    if file is None or size is None:
        conditions = conditions._replace(range=None)
    validators = Validators(headers.get("ETag"), parse_date(headers.get("Last-Modified")))
    kept = tuple(field for field in headers if field[0] != "Content-Length")
    selection = select(Representation(kept, validators, size or 0), conditions, method)
    if selection.status == 416:
        response.close()
        raise RequestedRangeNotSatisfiable(size)
    if selection.status == 200:
        return
    response.status_code = selection.status
    if selection.status == 206 and file is not None:
        response.headers = Headers(selection.fields)
        response.response = FileContent(file, selection.spans, selection.heads)
        return
    # Not modified, or not as expected: there is nothing to send.
    response.close()
    response.response = []
    response.headers = Headers(selection.fields)

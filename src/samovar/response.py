"""The response object: Werkzeug's, with HTML as its default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.utils import get_content_type
from werkzeug.wrappers import Response as ResponseBase

from samovar.ambient import application_or_none
from samovar.request import active_json

STANDARD_STATUS = {code: f"{code} {text.upper()}" for code, text in HTTP_STATUS_CODES.items()}
"""What the status of a response says for each code, if nobody says otherwise."""

REMEMBERED_TYPES = 256
"""Media types whose Content-Type is worked out once; a program has a handful."""


@lru_cache(REMEMBERED_TYPES)
def _content_type(mimetype: str) -> str:
    return get_content_type(mimetype, "utf-8")


class Response(ResponseBase):
    """What goes back to the client: a status, header fields and a body.

    Views rarely make one: ``make_response`` makes it of what they return.

    Args:
        response: The body: text, bytes or an iterable of either.
        status: The status, as a code or a line such as ``"418 I'M A TEAPOT"``.
        headers: The header fields.
        mimetype: The media type; text gets its ``charset`` parameter.
        content_type: The Content-Type as it is to be sent, instead of a media type.
        direct_passthrough: Whether an iterable is handed to the server as it is.

    Attributes:
        default_mimetype: The media type where none is given.
        json_module: Reads and writes JSON.
    """

    default_mimetype: str | None = "text/html"
    json_module: Any = active_json
    autocorrect_location_header = False

    def __init__(
        self,
        response: Iterable[bytes] | bytes | Iterable[str] | str | None = None,
        status: int | str | HTTPStatus | None = None,
        headers: Mapping[str, str | Iterable[str]] | Iterable[tuple[str, str]] | None = None,
        mimetype: str | None = None,
        content_type: str | None = None,
        direct_passthrough: bool = False,
    ) -> None:
        body = response.encode() if type(response) is str else response
        code = self.default_status if status is None else status
        mimetype_or_default = self.default_mimetype if mimetype is None else mimetype
        if (
            type(body) is not bytes
            or headers is not None
            or content_type is not None
            or not mimetype_or_default
            or direct_passthrough
            or type(code) is not int
            or code not in STANDARD_STATUS
            or type(self) is not Response
            or not self.automatically_set_content_length
        ):
            super().__init__(response, status, headers, mimetype, content_type, direct_passthrough)
            return
        # PERF: text or bytes with a status code alone, which nearly all responses are made of,
        # costs 1 us, and 5 us through the general way of Werkzeug.
        self.headers = Headers()
        self.headers._list += (
            ("Content-Type", _content_type(mimetype_or_default)),
            ("Content-Length", str(len(body))),
        )
        self._status_code = code
        self._status = STANDARD_STATUS[code]
        self.direct_passthrough = False
        self._on_close = []
        self.response = [body]

    @property
    def max_cookie_size(self) -> int:  # type: ignore[override] # read-only, as in Flask
        """The length of a cookie from which on setting it warns, in bytes: MAX_COOKIE_SIZE."""
        app = application_or_none()
        if app is None:
            return super().max_cookie_size
        size: int = app.config["MAX_COOKIE_SIZE"]
        return size

"""The response object: Werkzeug's, with HTML as its default."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response as ResponseBase

from samovar.ambient import application_or_none
from samovar.request import active_json


class Response(ResponseBase):
    """What goes back to the client: a status, header fields and a body.

    Views rarely make one: ``make_response`` makes it of what they return.

    Attributes:
        default_mimetype: The media type where none is given.
        json_module: Reads and writes JSON.
    """

    default_mimetype: str | None = "text/html"
    json_module: Any = active_json
    autocorrect_location_header = False

    @property
    def max_cookie_size(self) -> int:  # type: ignore[override] # read-only, as in Flask
        """The length of a cookie from which on setting it warns, in bytes: MAX_COOKIE_SIZE."""
        app = application_or_none()
        if app is None:
            return super().max_cookie_size
        size: int = app.config["MAX_COOKIE_SIZE"]
        return size

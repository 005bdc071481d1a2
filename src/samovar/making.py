"""What views may return, and how a response is made of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NoReturn, cast

from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.wrappers import Response as BaseResponse

from samovar.async_content import AsyncContent
from samovar.context import request
from samovar.core import AppCore
from samovar.response import Response
from samovar.typing import HeadersValue

_STANDARD: dict[type[HTTPException], int] = {
    cls: code
    for code, cls in default_exceptions.items()
    if cls.get_response is HTTPException.get_response
    and cls.get_headers is HTTPException.get_headers
    and cls.get_body is HTTPException.get_body
}
"""Exceptions whose response says what the class says, and no more."""


def make_response(app: AppCore, returned: Any) -> Response:
    """Make a response of what a view function returned.

    Args:
        app: The app.
        returned: Text or bytes; a dict or list, which becomes JSON; an iterator, asynchronous or
            not, which is streamed; a response; a WSGI callable, which is called; or a tuple
            ``(body, status)``, ``(body, headers)`` or ``(body, status, headers)``.

    Raises:
        TypeError: It is something else.
    """
    body, status, headers = _unpacked(returned)
    if body is None:
        raise TypeError(
            f"The view function for {request.endpoint!r} did not return a valid response. The"
            " function either returned None or ended without a return statement."
        )
    if hasattr(type(body), "__aiter__"):
        body = AsyncContent(body)
    if isinstance(body, str | bytes | bytearray | Iterator):
        # The class sees status and headers at once: it may treat some of them specially.
        return app.response_class(
            cast(Any, body),
            status=status,
            headers=headers,  # type: ignore[arg-type] # any form of headers that a view may return
        )
    if isinstance(body, HTTPException) and type(body).__call__ is HTTPException.__call__:
        # PERF: calling it as the WSGI application that it is costs 12 us more.
        body = _standard_response(app, body) or body.get_response(request.environ)
    if isinstance(body, app.response_class):
        response: Response = body
    elif isinstance(body, dict | list):
        response = app.json.response(body)
    elif isinstance(body, BaseResponse) or callable(body):
        try:
            response = cast(
                Response, app.response_class.force_type(cast(Any, body), request.environ)
            )
        except TypeError as error:
            _refuse(body, error)
    else:
        _refuse(body)
    if status is not None:
        if isinstance(status, str | bytes | bytearray):
            response.status = status
        else:
            response.status_code = status
    if headers:
        response.headers.update(headers)
    return response


def _standard_response(app: AppCore, error: HTTPException) -> Response | None:
    """Return the response of an exception as it comes, or None where anything was made its own.

    PERF: scanners ask for many URLs that are not there. 2 us instead of 20, environ included.
    """
    code = _STANDARD.get(type(error))
    if (
        code is None
        or code != error.code
        or app.response_class is not Response
        or error.__dict__ != {"response": None}
    ):
        return None
    return Response(_standard_page(code, error.description), code, mimetype="text/html")


@lru_cache(len(_STANDARD))
def _standard_page(code: int, description: str | None) -> bytes:
    return default_exceptions[code](description).get_body().encode()


def _unpacked(returned: Any) -> tuple[Any, int | str | None, HeadersValue | None]:
    """Return body, status and headers."""
    if not isinstance(returned, tuple):
        return returned, None, None
    if len(returned) == 3:
        return returned
    if len(returned) == 2:
        body, other = returned
        if isinstance(other, Headers | dict | tuple | list):
            return body, None, other
        return body, other, None
    raise TypeError(
        "The view function did not return a valid response tuple. The tuple must have the form"
        " (body, status, headers), (body, status), or (body, headers)."
    )


def _refuse(body: object, cause: TypeError | None = None) -> NoReturn:
    """Say what a view may return.

    Raises:
        TypeError: Always.
    """
    reason = "" if cause is None else f"{cause}\n"
    error = TypeError(
        f"{reason}The view function did not return a valid response. The return type must be a"
        " string, dict, list, tuple with headers or status, Response instance, or WSGI callable,"
        f" but it was a {type(body).__name__}."
    )
    raise error.with_traceback(None if cause is None else cause.__traceback__) from None

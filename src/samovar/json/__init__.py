"""JSON for programs: the current app's provider, or the standard library's where there is no app.

What a provider does, and how to write one, is in :mod:`samovar.json.provider`.
"""

from __future__ import annotations

import json as _json
from typing import IO, Any

from samovar.ambient import application_or_none, current_application
from samovar.json.provider import _default
from samovar.request import active_json
from samovar.response import Response


def dumps(obj: Any, **kwargs: Any) -> str:
    """Return an object as JSON text.

    Args:
        obj: The object. Without an app, dates, UUIDs, decimals, dataclasses and objects with
            ``__html__`` are written as the default provider writes them.
        **kwargs: Passed on to the provider or to :func:`json.dumps`.
    """
    if application_or_none() is None:
        kwargs.setdefault("default", _default)
    return active_json.dumps(obj, **kwargs)


def dump(obj: Any, fp: IO[str], **kwargs: Any) -> None:
    """Write an object as JSON text.

    Args:
        obj: The object, as for :func:`dumps`.
        fp: A file open for writing text.
        **kwargs: Passed on to the provider or to :func:`json.dump`.
    """
    app = application_or_none()
    if app is not None:
        app.json.dump(obj, fp, **kwargs)
    else:
        kwargs.setdefault("default", _default)
        _json.dump(obj, fp, **kwargs)


def loads(s: str | bytes, **kwargs: Any) -> Any:
    """Return the object that JSON text stands for.

    Args:
        s: Text, or bytes in UTF-8.
        **kwargs: Passed on to the provider or to :func:`json.loads`.
    """
    return active_json.loads(s, **kwargs)


def load(fp: IO[Any], **kwargs: Any) -> Any:
    """Return the object that the JSON text in a file stands for.

    Args:
        fp: A file open for reading text, or bytes in UTF-8.
        **kwargs: Passed on to the provider or to :func:`json.load`.
    """
    app = application_or_none()
    return _json.load(fp, **kwargs) if app is None else app.json.load(fp, **kwargs)


def jsonify(*args: Any, **kwargs: Any) -> Response:
    """Return a response with JSON as its content.

    A dict or a list that a view function returns becomes one without this.

    Args:
        *args: One object, or several that make a list. None at all is ``null``.
        **kwargs: Instead of these, the items of an object.

    Raises:
        TypeError: Both were given.
        RuntimeError: No app is current.
    """
    response: Response = current_application().json.response(*args, **kwargs)
    return response

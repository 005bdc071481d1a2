"""Our responses are Werkzeug's, made faster."""

from __future__ import annotations

from typing import Any

import pytest

from samovar import App, Response


class General(Response):
    """A subclass is made by Werkzeug's own way."""


@pytest.mark.parametrize(
    ("args", "options"),
    [
        (("text é",), {}),
        ((b"bytes", 201), {}),
        (("", 204), {}),
        (("{}",), {"mimetype": "application/json"}),
        (("x",), {"mimetype": "image/png", "status": 404}),
        (("x",), {"mimetype": ""}),
        (("x", 299), {}),
        (("x", "418 Short"), {}),
        (("x", 200, {"X-Own": "yes"}), {}),
        (("x",), {"content_type": "text/plain"}),
        (([b"a", b"b"],), {}),
        ((), {}),
    ],
)
def test_response_is_what_werkzeug_makes(args: tuple[Any, ...], options: dict[str, Any]) -> None:
    ours, general = Response(*args, **options), General(*args, **options)
    assert vars(ours) == vars(general)
    assert list(ours.headers) == list(general.headers)
    assert ours.get_data() == general.get_data()


def test_defaults_of_the_class_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Response, "default_mimetype", "text/plain")
    monkeypatch.setattr(Response, "default_status", 202)
    response = App(__name__).make_response("text")
    assert response.content_type == "text/plain; charset=utf-8"
    assert response.status == "202 ACCEPTED"


def test_responses_share_no_headers() -> None:
    first, second = Response("a"), Response("b")
    first.headers["X-First"] = "yes"
    assert "X-First" not in second.headers

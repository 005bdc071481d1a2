"""Responses of exceptions are those that the exceptions make of themselves."""

from __future__ import annotations

import pytest
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, default_exceptions

from samovar import App, Response


class Missing(NotFound):
    """A program's own exception."""

    def get_body(self, *args: object) -> str:
        return "missing"


def own_attribute() -> HTTPException:
    error = NotFound()
    error.code = 410
    return error


@pytest.mark.parametrize(
    "error",
    [
        *(pytest.param(cls(), id=cls.__name__) for cls in default_exceptions.values()),
        pytest.param(NotFound("nothing <here>"), id="own description"),
        pytest.param(NotFound(response=Response("own", 499)), id="own response"),
        pytest.param(MethodNotAllowed(["GET"]), id="own fields"),
        pytest.param(Missing(), id="own class"),
        pytest.param(own_attribute(), id="own attribute"),
    ],
)
def test_response_of_an_exception_is_its_own(error: HTTPException) -> None:
    app = App(__name__)
    with app.test_request_context():
        made, own = app.make_response(error), error.get_response()
    assert isinstance(made, Response)
    assert made.status == own.status
    assert list(made.headers) == list(own.headers)
    assert made.get_data() == Response.force_type(own).get_data()


def test_description_that_a_program_puts_into_a_class_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = App(__name__)
    with app.test_request_context():
        app.make_response(NotFound())
        monkeypatch.setattr(NotFound, "description", "Gone fishing.")
        assert b"Gone fishing." in app.make_response(NotFound()).get_data()

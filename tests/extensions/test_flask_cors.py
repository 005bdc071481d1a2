"""Flask-Cors: preflight requests, and fields on answers of any kind."""

from __future__ import annotations

from tests.extensions.conftest import Start
from tests.support.programs import Answer

SHOP = "https://shop.example"


def permissions(answer: Answer) -> dict[str, str]:
    """Return the fields of cross-origin sharing, without their common beginning."""
    start = "access-control-"
    fields = ((name.lower(), value) for name, value in answer.fields.items())
    return {name.removeprefix(start): value for name, value in fields if name.startswith(start)}


def test_preflight_is_answered_for_the_permitted_origin(start: Start) -> None:
    visitor = start("prices")
    asked = {"Access_Control_Request_Method": "PUT", "Access_Control_Request_Headers": "X-Token"}
    granted = visitor.ask("OPTIONS", "/api/price", Origin=SHOP, **asked)
    assert (granted.status, granted.body) == (200, b"")
    assert permissions(granted) == {
        "allow-origin": SHOP,
        "allow-credentials": "true",
        "allow-headers": "X-Token",
        "allow-methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
        "expose-headers": "X-Stock",
        "max-age": "600",
    }
    assert permissions(visitor.ask("OPTIONS", "/api/price", Origin="https://evil", **asked)) == {}
    assert permissions(visitor.ask("OPTIONS", "/inside", Origin=SHOP, **asked)) == {}


def test_answers_carry_the_permission_errors_too(start: Start) -> None:
    visitor = start("prices")
    price = visitor.get("/api/price", Origin=SHOP)
    assert (price.text, price.fields["X-Stock"]) == ('{"price":3}\n', "12")
    assert permissions(price)["allow-origin"] == SHOP

    error = visitor.ask("PUT", "/api/price", Origin=SHOP)
    assert (error.status, permissions(error)["allow-origin"]) == (409, SHOP)
    missing = visitor.get("/api/nothing", Origin=SHOP)
    assert (missing.status, permissions(missing)["allow-origin"]) == (404, SHOP)

    assert permissions(visitor.get("/open", Origin="https://any")) == {
        "allow-origin": "https://any"
    }
    assert permissions(visitor.get("/inside", Origin=SHOP)) == {}

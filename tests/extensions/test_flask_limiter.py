"""Flask-Limiter: limits of views, blueprints and whole programs."""

from __future__ import annotations

from tests.extensions.conftest import Start


def test_request_over_the_limit_gets_429(start: Start) -> None:
    visitor = start("oracle")
    first = visitor.get("/ask")
    assert (first.status, first.fields["X-RateLimit-Remaining"]) == (200, "1")
    assert visitor.get("/ask").status == 200

    third = visitor.get("/ask")
    assert (third.status, third.text) == (429, "Too often: 2 per 1 minute")
    assert third.fields["X-RateLimit-Remaining"] == "0"
    assert 0 < int(third.fields["Retry-After"]) <= 60


def test_limits_are_counted_for_each_view(start: Start) -> None:
    visitor = start("oracle")
    assert [visitor.get("/look").status for _ in range(6)] == [200] * 5 + [429]
    assert {visitor.get("/free").status for _ in range(8)} == {200}
    assert visitor.get("/temple/").text == "Shh."
    assert visitor.get("/temple/").text == "Too often: Come back tomorrow."

"""Flask-Caching: cached views, functions and pieces of templates."""

from __future__ import annotations

import json

from tests.extensions.conftest import Start


def test_function_is_worked_out_once_for_the_same_arguments(start: Start) -> None:
    visitor = start("sums")
    targets = ("/sum/1/2", "/sum/1/2", "/sum/3/4", "/sum/1/2")
    assert [json.loads(visitor.get(target).text) for target in targets] == [
        {"sum": 3, "worked_out": 1},
        {"sum": 3, "worked_out": 1},
        {"sum": 7, "worked_out": 2},
        {"sum": 3, "worked_out": 2},
    ]


def test_view_is_called_once_until_the_cache_is_cleared(start: Start) -> None:
    visitor = start("sums")
    answers = [visitor.get("/page") for _ in range(3)]
    assert {(answer.text, answer.fields["X-Made-By"]) for answer in answers} == {("1", "the view")}
    targets = ("/search?q=tea&p=1", "/search?p=1&q=tea", "/search?q=cake")
    assert [visitor.get(target).text for target in targets] == ["tea 2", "tea 2", "cake 3"]
    assert [visitor.get("/fragment").text for _ in range(2)] == ["3", "3"]

    assert visitor.post("/forget").status == 204
    assert visitor.get("/page").text == "4"
    assert visitor.get("/fragment").text == "4"

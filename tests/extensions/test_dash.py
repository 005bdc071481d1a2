"""Dash: the page, its files, and the requests by which it changes."""

from __future__ import annotations

import json
from typing import Any

from tests.extensions.conftest import Start
from tests.extensions.visitor import Visitor, found


def choose(visitor: Visitor, kind: str | None) -> tuple[int, Any]:
    """Do what the page does when a kind is chosen."""
    outputs = [
        {"id": "answer", "property": "children"},
        {"id": "chart", "property": "figure"},
    ]
    answer = visitor.post_json(
        "/_dash-update-component",
        {
            "output": "..answer.children...chart.figure..",
            "outputs": outputs,
            "inputs": [{"id": "kind", "property": "value", "value": kind}],
            "state": [{"id": "cups", "property": "value", "value": 2}],
            "changedPropIds": ["kind.value"],
        },
    )
    return answer.status, json.loads(answer.text) if answer.body else None


def test_page_and_its_files_are_served(start: Start) -> None:
    visitor = start("board")
    page = visitor.get("/about")
    assert page.status == 200
    assert "<title>Tea board</title>" in page.text
    script = visitor.get(found(r'src="(/_dash-component-suites/dash/deps/[^"]+)"', page.text))
    assert (script.status, script.fields.get_content_type()) == (200, "text/javascript")
    assert "max-age=31536000" in script.fields["Cache-Control"]

    layout = json.loads(visitor.get("/_dash-layout").text)
    assert layout["props"]["children"][0]["props"]["children"] == "Tea"
    dependencies = json.loads(visitor.get("/_dash-dependencies").text)
    assert "..answer.children...chart.figure.." in [entry["output"] for entry in dependencies]
    assert visitor.get("/health").text == "boiling"


def test_callback_answers_a_choice(start: Start) -> None:
    visitor = start("board")
    status, answer = choose(visitor, "black")
    assert status == 200
    assert answer["response"] == {
        "answer": {"children": "2 cups of black tea for 127.0.0.1"},
        "chart": {"figure": {"data": [{"type": "bar", "y": [2]}]}},
    }
    assert choose(visitor, None) == (204, None)

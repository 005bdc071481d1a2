"""Flask-RESTful: resources, arguments, and answers in more than one representation."""

from __future__ import annotations

import json

from tests.extensions.conftest import Start


def test_resource_is_made_read_and_deleted(start: Start) -> None:
    visitor = start("tasks")
    made = visitor.post_json("/api/tasks", {"title": "boil water", "hours": "0.5"})
    task = {"title": "boil water", "hours": 0.5, "uri": "/api/tasks/1"}
    assert (made.status, json.loads(made.text)) == (201, task)
    assert made.fields["Location"] == "/api/tasks/1"

    assert json.loads(visitor.get("/api/tasks/1").text) == task
    assert json.loads(visitor.get("/api/tasks").text) == [task]
    assert visitor.ask("DELETE", "/api/tasks/1").status == 204
    assert json.loads(visitor.get("/api/tasks").text) == []


def test_errors_are_answered_as_json(start: Start) -> None:
    visitor = start("tasks")
    bad = visitor.post_json("/api/tasks", {"hours": 1})
    assert (bad.status, json.loads(bad.text)) == (
        400,
        {"message": {"title": "A task needs a title."}},
    )
    missing = visitor.get("/api/tasks/7")
    assert missing.status == 404
    assert json.loads(missing.text)["message"].startswith("There is no task 7.")
    not_allowed = visitor.ask("PATCH", "/api/tasks/7")
    assert not_allowed.status == 405
    assert json.loads(not_allowed.text)["message"].startswith("The method is not allowed")
    broken = visitor.ask("DELETE", "/api/tasks/7")
    assert (broken.status, json.loads(broken.text)) == (500, {"message": "Internal Server Error"})


def test_client_chooses_the_representation(start: Start) -> None:
    visitor = start("tasks")
    visitor.post_json("/api/tasks", {"title": "boil water"})
    answer = visitor.get("/api/tasks", Accept="text/csv")
    assert (answer.fields["Content-Type"], answer.text) == ("text/csv", "boil water,1.0\n")

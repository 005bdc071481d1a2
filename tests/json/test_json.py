"""The functions that use the current app's provider, or do without an app."""

from __future__ import annotations

import io
from typing import Any

import pytest

from samovar import App, json, jsonify
from samovar.json.provider import DefaultJSONProvider


class Marking(DefaultJSONProvider):
    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return "app:" + super().dumps(obj, **kwargs)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return ("app", super().loads(s, **kwargs))


def test_app_is_not_needed() -> None:
    file = io.StringIO()
    json.dump({"b": 1, "a": 2}, file)
    assert file.getvalue() == json.dumps({"b": 1, "a": 2}) == '{"b": 1, "a": 2}'
    assert json.loads("[1]") == json.load(io.StringIO("[1]")) == [1]


def test_current_apps_provider_is_used() -> None:
    app = App(__name__)
    app.json = Marking(app)
    with app.app_context():
        file = io.StringIO()
        json.dump([], file)
        assert file.getvalue() == json.dumps([]) == "app:[]"
        assert json.loads("1") == json.load(io.StringIO("1")) == ("app", 1)


def test_jsonify_needs_an_app() -> None:
    with pytest.raises(RuntimeError, match="Working outside of application context"):
        jsonify(1)

"""JSON providers: what they write, and that changing them is honoured at once."""

from __future__ import annotations

import dataclasses
import io
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from markupsafe import Markup

from samovar import App, jsonify
from samovar.json.provider import MAX_ENCODERS, DefaultJSONProvider, JSONProvider


@pytest.fixture
def app() -> Iterator[App]:
    app = App(__name__)
    with app.app_context():
        yield app


def provider_of(app: App) -> DefaultJSONProvider:
    provider = app.json
    assert isinstance(provider, DefaultJSONProvider)
    return provider


@dataclasses.dataclass
class Point:
    x: int
    y: int


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2026, 1, 2), '"Fri, 02 Jan 2026 00:00:00 GMT"'),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), '"Fri, 02 Jan 2026 03:04:05 GMT"'),
        (uuid.UUID(int=7), '"00000000-0000-0000-0000-000000000007"'),
        (Decimal("1.50"), '"1.50"'),
        (Point(1, 2), '{"x": 1, "y": 2}'),
        (Markup("<b>"), '"<b>"'),
    ],
)
def test_more_types_are_written(app: App, value: Any, text: str) -> None:
    assert app.json.dumps(value) == text
    assert app.json.dumps([value], separators=(",", ":")) == f"[{text}]".replace(
        ": 2", ":2"
    ).replace(": 1, ", ":1,")


def test_unknown_type_is_named_when_it_cannot_be_written(app: App) -> None:
    with pytest.raises(TypeError, match="Object of type set is not JSON serializable"):
        app.json.dumps({1, 2})
    with pytest.raises(TypeError, match="Object of type type is not JSON serializable"):
        app.json.dumps(Point)


def test_circle_is_reported_when_an_object_contains_itself(app: App) -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(ValueError, match="Circular reference detected"):
        app.json.dumps(circle)


def test_keyword_arguments_go_to_the_standard_library(app: App) -> None:
    assert app.json.dumps({"b": 1, "a": "é"}, ensure_ascii=False, indent=1) == json.dumps(
        {"a": "é", "b": 1}, ensure_ascii=False, indent=1
    )
    assert app.json.dumps([1, 2], separators=[";", ":"]) == "[1;2]"
    assert app.json.dumps({1}, default=list) == "[1]"


def test_changed_attributes_are_honoured_at_once(app: App) -> None:
    provider = provider_of(app)
    value = {"b": "é", "a": {1}}
    provider.default = sorted
    assert provider.dumps(value) == '{"a": [1], "b": "\\u00e9"}'
    provider.sort_keys = False
    assert provider.dumps(value) == '{"b": "\\u00e9", "a": [1]}'
    provider.ensure_ascii = False
    assert provider.dumps(value) == '{"b": "é", "a": [1]}'
    provider.default = lambda o: "set"
    assert provider.dumps(value) == '{"b": "é", "a": "set"}'


def test_default_may_be_a_method(app: App) -> None:
    class Custom(DefaultJSONProvider):
        def default(self, o: Any) -> Any:
            return "custom"

    provider = Custom(app)
    assert provider.dumps([{1}]) == '["custom"]'
    assert provider.dumps([{1}], separators=(",", ":")) == '["custom"]'


def test_encoders_are_bounded_when_separators_vary(app: App) -> None:
    provider = provider_of(app)
    for width in range(MAX_ENCODERS * 3):
        separator = "," + " " * width
        assert provider.dumps([1, 2], separators=(separator, ":")) == f"[1{separator}2]"
    assert len(provider._encoders) <= MAX_ENCODERS


def test_response_is_compact_unless_debugging(app: App) -> None:
    assert jsonify(a=[1, 2]).get_data() == b'{"a":[1,2]}\n'
    app.debug = True
    assert jsonify(a=[1]).get_data() == b'{\n  "a": [\n    1\n  ]\n}\n'
    provider_of(app).compact = True
    assert jsonify(a=[1, 2]).get_data() == b'{"a":[1,2]}\n'
    app.debug = False
    provider_of(app).compact = False
    assert jsonify([]).get_data() == b"[]\n"


def test_response_has_the_providers_mimetype(app: App) -> None:
    assert jsonify().mimetype == "application/json"
    provider_of(app).mimetype = "application/vnd.api+json"
    assert jsonify().mimetype == "application/vnd.api+json"


@pytest.mark.parametrize(
    ("args", "kwargs", "value"),
    [((), {}, None), ((1,), {}, 1), ((1, 2), {}, [1, 2]), ((), {"a": 1}, {"a": 1}), ((0,), {}, 0)],
)
def test_response_takes_one_several_or_named_values(
    app: App, args: tuple[Any, ...], kwargs: dict[str, Any], value: Any
) -> None:
    assert jsonify(*args, **kwargs).get_json() == value


def test_response_refuses_positional_and_named_values_together(app: App) -> None:
    with pytest.raises(TypeError, match="takes either args or kwargs, not both"):
        jsonify(1, a=2)


class Shouting(JSONProvider):
    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return json.dumps(obj, **kwargs).upper()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return json.loads(s, **kwargs)


def test_replaced_provider_is_used_at_once(app: App) -> None:
    app.json = Shouting(app)
    assert jsonify(a="b").get_data() == b'{"A": "B"}'


def test_overridden_dumps_is_used_by_response(app: App) -> None:
    class Fixed(DefaultJSONProvider):
        def dumps(self, obj: Any, **kwargs: Any) -> str:
            return "fixed"

    app.json = Fixed(app)
    assert jsonify(a="b").get_data() == b"fixed\n"


def test_files_are_written_and_read(app: App) -> None:
    file = io.StringIO()
    app.json.dump({"a": 1}, file)
    file.seek(0)
    assert app.json.load(file) == {"a": 1}
    assert app.json.load(io.BytesIO(b'{"a": "\xc3\xa9"}')) == {"a": "é"}


def test_base_leaves_reading_and_writing_to_subclasses(app: App) -> None:
    provider = JSONProvider(app)
    with pytest.raises(NotImplementedError):
        provider.dumps(1)
    with pytest.raises(NotImplementedError):
        provider.loads("1")

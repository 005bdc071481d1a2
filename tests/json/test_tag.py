"""Tagged JSON brings back what was written."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from samovar import App
from samovar.json.provider import DefaultJSONProvider
from samovar.json.tag import JSONTag, TaggedJSONSerializer

seconds = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
keys = st.text() | st.sampled_from([" t", " b", " di", " di__", " t__"])
session_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.uuids() | seconds,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(keys, inner),
    max_leaves=10,
)


@given(session_values)
def test_value_comes_back_as_it_was(value: Any) -> None:
    serializer = TaggedJSONSerializer()
    assert serializer.loads(serializer.dumps(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((1, "a"), '{" t":[1,"a"]}'),
        (b"\xff", '{" b":"/w=="}'),
        (Markup("<b>"), '{" m":"<b>"}'),
        (UUID(int=1), '{" u":"00000000000000000000000000000001"}'),
        (datetime(2026, 1, 2, tzinfo=UTC), '{" d":"Fri, 02 Jan 2026 00:00:00 GMT"}'),
        ({" t": 1}, '{" di":{" t__":1}}'),
        ({"a": 1, "b": (2,)}, '{"a":1,"b":{" t":[2]}}'),
    ],
)
def test_text_is_the_one_flask_writes(value: Any, text: str) -> None:
    assert TaggedJSONSerializer().dumps(value) == text


def test_markup_comes_back_as_markup() -> None:
    serializer = TaggedJSONSerializer()
    assert isinstance(serializer.loads(serializer.dumps(Markup("x"))), Markup)


class TagOrderedDict(JSONTag):
    __slots__ = ()
    key = " od"

    def check(self, value: Any) -> bool:
        return isinstance(value, OrderedDict)

    def to_json(self, value: Any) -> Any:
        return [[key, self.serializer.tag(item)] for key, item in value.items()]

    def to_python(self, value: Any) -> Any:
        return OrderedDict(value)


def test_own_tag_in_front_wins() -> None:
    serializer = TaggedJSONSerializer()
    serializer.register(TagOrderedDict, index=0)
    value = OrderedDict([("b", (1,)), ("a", timedelta.max.days)])
    back = serializer.loads(serializer.dumps(value))
    assert isinstance(back, OrderedDict)
    assert list(back.items()) == list(value.items())


def test_second_tag_of_a_key_is_refused_unless_forced() -> None:
    serializer = TaggedJSONSerializer()
    serializer.register(TagOrderedDict)
    with pytest.raises(KeyError, match="' od' is already registered"):
        serializer.register(TagOrderedDict)
    serializer.register(TagOrderedDict, force=True, index=0)
    assert serializer.tags[" od"] is serializer.order[0]


def test_serializers_do_not_share_their_tags() -> None:
    TaggedJSONSerializer().register(TagOrderedDict)
    assert " od" not in TaggedJSONSerializer().tags


def test_tag_leaves_its_methods_to_subclasses() -> None:
    tag = JSONTag(TaggedJSONSerializer())
    for method in (tag.check, tag.to_json, tag.to_python, tag.tag):
        with pytest.raises(NotImplementedError):
            method(None)


def test_current_apps_provider_writes_the_text() -> None:
    class Counting(DefaultJSONProvider):
        written = 0

        def dumps(self, obj: Any, **kwargs: Any) -> str:
            self.written += 1
            return super().dumps(obj, **kwargs)

    app = App(__name__)
    provider = app.json = Counting(app)
    with app.app_context():
        serializer = TaggedJSONSerializer()
        value = {"id": uuid4()}
        assert serializer.loads(serializer.dumps(value)) == value
    assert provider.written == 1

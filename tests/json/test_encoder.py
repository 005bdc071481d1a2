"""The encoder that is built once writes what the standard library writes."""

from __future__ import annotations

import json
from json import encoder as standard
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.json.encoder import CompiledEncoder, Separators
from samovar.json.provider import _default

SEPARATORS: list[Separators] = [None, (",", ":"), (" ; ", " = ")]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
    max_leaves=20,
)


def by_standard(value: Any, ascii_only: bool, sort: bool, separators: Separators) -> str:
    return json.dumps(
        value, default=_default, ensure_ascii=ascii_only, sort_keys=sort, separators=separators
    )


@given(json_values, st.booleans(), st.booleans(), st.sampled_from(SEPARATORS))
def test_text_equals_that_of_json_dumps(
    value: Any, ascii_only: bool, sort: bool, separators: Separators
) -> None:
    encoder = CompiledEncoder(_default, ascii_only, sort, separators)
    assert encoder.encode(value) == by_standard(value, ascii_only, sort, separators)


@given(json_values, st.sampled_from(SEPARATORS))
def test_text_is_the_same_when_there_is_no_c_encoder(value: Any, separators: Separators) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standard, "c_make_encoder", None)
        encoder = CompiledEncoder(_default, True, False, separators)
        assert encoder.encode(value) == by_standard(value, True, False, separators)


def test_public_encoder_is_used_when_the_c_encoder_wants_other_arguments() -> None:
    def of_another_version(*, settings: object) -> None:
        raise AssertionError("not called with these arguments")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(standard, "c_make_encoder", of_another_version)
        encoder = CompiledEncoder(_default, True, True, (",", ":"))
    assert encoder.encode({"a": (1,)}) == '{"a":[1]}'


def test_errors_are_those_of_json_dumps() -> None:
    encoder = CompiledEncoder(_default, True, True, None)
    with pytest.raises(TypeError, match="Object of type object is not JSON serializable"):
        encoder.encode({"a": object()})
    with pytest.raises(TypeError, match="not supported between"):
        encoder.encode({"a": 1, 2: 3})

"""The formats of the access log, and that no client can forge a line."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.exchange import RequestFields
from samovar.server.log_lines import KINDS, common_date, json_date, plain_date

FIELDS: RequestFields = [
    (b"authorization", b"Basic c2VjcmV0"),
    (b"referer", b"http://a.example/"),
    (b"user-agent", b"curl/8"),
    (b"cookie", b"session=secret"),
]


def line(
    kind: str,
    *,
    method: str = "GET",
    target: bytes = b"/",
    peer: tuple[Any, ...] | str = ("127.0.0.1", 4000),
    size: int = 5,
    fields: RequestFields = FIELDS,
    seconds: float | None = 0.0015,
) -> str:
    return KINDS[kind][0]("DATE", method, target, "1.1", peer, 200, size, fields, seconds)


def test_plain_line_shows_no_size() -> None:
    assert line("plain") == '127.0.0.1 - - [DATE] "GET / HTTP/1.1" 200 -'


def test_common_line_ends_with_the_size() -> None:
    assert line("common") == '127.0.0.1 - - [DATE] "GET / HTTP/1.1" 200 5'
    assert line("common", size=0) == '127.0.0.1 - - [DATE] "GET / HTTP/1.1" 200 -'


def test_combined_line_adds_referer_and_user_agent() -> None:
    start = '127.0.0.1 - - [DATE] "GET / HTTP/1.1" 200 5 '
    assert line("combined") == start + '"http://a.example/" "curl/8"'
    assert line("combined", fields=[]) == start + '"-" "-"'


def test_json_line_has_every_figure() -> None:
    assert json.loads(line("json")) == {
        "time": "DATE",
        "peer": "127.0.0.1",
        "method": "GET",
        "target": "/",
        "protocol": "HTTP/1.1",
        "status": 200,
        "bytes": 5,
        "duration": 1.5,
        "referer": "http://a.example/",
        "user_agent": "curl/8",
    }
    assert json.loads(line("json", seconds=None))["duration"] is None


@pytest.mark.parametrize("kind", KINDS)
def test_no_other_field_is_shown(kind: str) -> None:
    assert "c2VjcmV0" not in line(kind)
    assert "secret" not in line(kind)


def test_dash_stands_for_what_is_not_known() -> None:
    assert line("plain", method="", peer="") == '- - - [DATE] "-" 200 -'


def test_quotes_and_control_characters_are_escaped() -> None:
    shown = line("plain", target=b'/"\\\n\x1b\xc3\xa9')
    assert shown == r'127.0.0.1 - - [DATE] "GET /\x22\x5c\x0a\x1b\xc3\xa9 HTTP/1.1" 200 -'


@pytest.mark.parametrize("kind", ["plain", "common", "combined"])
@given(method=st.text(max_size=8), target=st.binary(), value=st.binary())
def test_a_line_keeps_its_shape_whatever_the_client_sends(
    kind: str, method: str, target: bytes, value: bytes
) -> None:
    shown = line(
        kind, method=method, target=target, fields=[(b"referer", value), (b"user-agent", value)]
    )
    assert re.fullmatch(
        r'127\.0\.0\.1 - - \[DATE\] "[^"\\]*(\\x[0-9a-f]{2}[^"\\]*)*" 200 (-|5)'
        r'( "([^"\\]|\\x[0-9a-f]{2})*" "([^"\\]|\\x[0-9a-f]{2})*")?',
        shown,
    )
    assert shown.isascii()
    assert shown.isprintable()


@given(method=st.text(max_size=8), target=st.binary(), value=st.binary())
def test_a_json_line_is_one_object_whatever_the_client_sends(
    method: str, target: bytes, value: bytes
) -> None:
    shown = line("json", method=method, target=target, fields=[(b"user-agent", value)])
    assert shown.isascii()
    assert shown.isprintable()
    read = json.loads(shown)
    assert read["target"].encode("latin-1") == target
    assert read["user_agent"].encode("latin-1") == value


def test_dates_have_the_shape_of_their_format() -> None:
    now = 1_461_225_748
    assert re.fullmatch(r"2[0-2]/Apr/2016 \d\d:\d\d:28", plain_date(now))
    assert re.fullmatch(r"2[0-2]/Apr/2016:\d\d:\d\d:28 [+-]\d{4}", common_date(now))
    assert re.fullmatch(r"2016-04-2[0-2]T\d\d:\d\d:28[+-]\d{4}", json_date(now))

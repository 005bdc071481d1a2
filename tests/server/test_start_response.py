"""What a WSGI application may say in start_response, and what it is told otherwise."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.server.start_response import StartResponse, check_fields, parse_status


@pytest.mark.parametrize(
    ("status", "parsed"),
    [
        ("200 OK", (200, None)),
        ("200 Fine", (200, "Fine")),
        ("204 ", (204, "")),
        ("299 Odd one", (299, "Odd one")),
        ("999 Beyond", (999, "Beyond")),
    ],
)
def test_status_is_split_into_code_and_reason(status: str, parsed: tuple[int, str | None]) -> None:
    assert parse_status(status) == parsed


@pytest.mark.parametrize(
    "status",
    ["", "200", "OK", "20 OK", "200OK", "100 Continue", "2000 OK", "٢٠٠ OK", "200 OK\r\nX: y"],
)
def test_status_is_refused_when_malformed(status: str) -> None:
    with pytest.raises(ValueError, match="cannot be sent"):
        parse_status(status)


@pytest.mark.parametrize("status", [200, b"200 OK", None])
def test_status_is_refused_when_it_is_no_text(status: Any) -> None:
    with pytest.raises(TypeError, match="200 OK"):
        parse_status(status)


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(("X-A", "a\r\nSet-Cookie: b"), id="line break in value"),
        pytest.param(("X-A", "a\nb"), id="bare LF in value"),
        pytest.param(("X-A", "a\x00"), id="NUL in value"),
        pytest.param(("X-A", "\u20ac"), id="value beyond latin-1"),
        pytest.param(("X A", "a"), id="space in name"),
        pytest.param(("X-A:", "a"), id="colon in name"),
        pytest.param(("X-A\r\nX", "a"), id="line break in name"),
        pytest.param(("", "a"), id="empty name"),
        pytest.param(("Content-Length", "-1"), id="negative length"),
        pytest.param(("Content-Length", "1, 1"), id="two lengths in one"),
        pytest.param(("Content-Length", ""), id="empty length"),
        pytest.param(("transfer-encoding", "chunked"), id="transfer coding"),
        pytest.param(("UPGRADE", "websocket"), id="upgrade"),
        pytest.param(("TE", "trailers"), id="te"),
    ],
)
def test_field_is_refused_when_it_may_not_be_sent(pair: tuple[str, str]) -> None:
    with pytest.raises(ValueError):
        check_fields([("Content-Type", "text/plain"), pair])


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param((("X-A", "a"),), id="tuple instead of list"),
        pytest.param({"X-A": "a"}, id="dict"),
        pytest.param(None, id="None"),
        pytest.param([["X-A", "a"]], id="list as pair"),
        pytest.param([("X-A", "a", "b")], id="three parts"),
        pytest.param([("X-A", b"a")], id="bytes value"),
        pytest.param([("X-A", 5)], id="number as value"),
        pytest.param([(b"X-A", "a")], id="bytes name"),
    ],
)
def test_fields_are_refused_when_they_have_another_type(headers: Any) -> None:
    with pytest.raises(TypeError):
        check_fields(headers)


def test_fields_are_taken_when_they_hold_any_latin_1_text() -> None:
    headers = [("X-Name", "caf\u00e9\tau lait"), ("Content-Length", "12"), ("Set-Cookie", "a=b")]
    assert check_fields(headers) == 12


def test_wishes_about_the_connection_are_left_to_the_server() -> None:
    check_fields([("Connection", "keep-alive"), ("Keep-Alive", "timeout=5")])


def test_second_content_length_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        check_fields([("Content-Length", "1"), ("content-length", "1")])


@given(st.text(), st.text())
def test_what_is_taken_cannot_break_out_of_its_line(name: str, value: str) -> None:
    try:
        check_fields([(name, value)])
    except ValueError:
        return
    line = f"{name}: {value}".encode("latin-1")
    assert not any(byte in line for byte in b"\r\n\0")
    assert not any(character in name for character in ": \t")


def test_second_call_is_refused_when_no_error_happened() -> None:
    start = StartResponse()
    start("200 OK", [])
    with pytest.raises(RuntimeError, match="exc_info"):
        start("200 OK", [])


def test_second_call_replaces_the_first_when_an_error_happened() -> None:
    start = StartResponse()
    start("200 OK", [("X-A", "a")])
    try:
        raise KeyError("x")
    except KeyError:
        start("500 Oops", [], sys.exc_info())  # type: ignore[arg-type]  # never three None here
    assert (start.status, start.reason, start.fields) == (500, "Oops", ())


def test_second_call_raises_the_error_when_the_head_was_sent() -> None:
    start = StartResponse()
    start("200 OK", [])
    start.sent = True
    with pytest.raises(KeyError, match="x"):
        try:
            raise KeyError("x")
        except KeyError:
            start("500 Oops", [], sys.exc_info())  # type: ignore[arg-type]  # as above
    assert start.status == 200


def test_refused_call_leaves_what_was_said_before() -> None:
    start = StartResponse()
    with pytest.raises(ValueError):
        start("200 OK", [("X-A", "\n")])
    assert start.status == 0


def test_write_is_refused_when_it_gets_text() -> None:
    start = StartResponse()
    write: Any = start("200 OK", [])
    with pytest.raises(TypeError, match="bytes"):
        write("text")
    assert not start.sent


def test_write_is_refused_when_it_exceeds_the_announced_length() -> None:
    start = StartResponse()
    write = start("200 OK", [("Content-Length", "3")])
    write(b"abc")
    with pytest.raises(ValueError, match="Content-Length says 3"):
        write(b"d")
    assert start.written is not None
    start.written.close()

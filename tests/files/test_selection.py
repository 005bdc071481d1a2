"""What is sent of a file."""

from __future__ import annotations

import email
import io
from datetime import UTC, datetime

from samovar.files.conditions import Conditions, Validators
from samovar.files.content import FileContent
from samovar.files.selection import Representation, select

FIELDS = (
    ("Content-Type", "text/plain"),
    ("ETag", '"now"'),
    ("Cache-Control", "no-cache"),
    ("Vary", "Accept-Encoding"),
    ("Last-Modified", "Fri, 02 Jan 2026 03:04:05 GMT"),
)
WHOLE = Representation(FIELDS, Validators('"now"', datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)), 10)
CONTENT = b"0123456789"


def test_one_part_has_its_place_and_length() -> None:
    selection = select(WHOLE, Conditions(range="bytes=2-4"), "GET")
    assert selection.status == 206
    assert selection.spans == ((2, 5),)
    assert dict(selection.fields) == {
        **dict(FIELDS),
        "Content-Range": "bytes 2-4/10",
        "Content-Length": "3",
    }


def test_several_parts_are_a_multipart_message() -> None:
    selection = select(WHOLE, Conditions(range="bytes=0-1,5-6,-1"), "GET")
    fields = dict(selection.fields)
    body = b"".join(FileContent(io.BytesIO(CONTENT), selection.spans, selection.heads))
    assert fields["Content-Length"] == str(len(body))
    assert "Content-Range" not in fields
    message = email.message_from_bytes(
        f"Content-Type: {fields['Content-Type']}\r\n\r\n".encode() + body
    )
    parts = [part for part in message.walk() if not part.is_multipart()]
    assert [(part["Content-Range"], part.get_payload()) for part in parts] == [
        ("bytes 0-1/10", "01"),
        ("bytes 5-6/10", "56"),
        ("bytes 9-9/10", "9"),
    ]
    assert {part["Content-Type"] for part in parts} == {"text/plain"}


def test_part_behind_the_end_is_refused_with_the_size() -> None:
    selection = select(WHOLE, Conditions(range="bytes=10-"), "GET")
    assert (selection.status, selection.spans) == (416, ())
    assert selection.fields == (("Content-Range", "bytes */10"),)


def test_head_asks_for_no_part() -> None:
    selection = select(WHOLE, Conditions(range="bytes=2-4"), "HEAD")
    assert (selection.status, dict(selection.fields)["Content-Length"]) == (200, "10")


def test_unchanged_file_is_told_without_a_word_about_its_content() -> None:
    # The condition goes before the part (RFC 9110, section 13.2.2).
    selection = select(WHOLE, Conditions(if_none_match='"now"', range="bytes=0-1"), "GET")
    assert (selection.status, selection.spans) == (304, ())
    assert [name for name, _ in selection.fields] == ["ETag", "Cache-Control", "Vary"]


def test_whole_file_is_sent_when_another_state_is_continued() -> None:
    selection = select(WHOLE, Conditions(range="bytes=0-1", if_range='"old"'), "GET")
    assert (selection.status, selection.spans) == (200, ((0, 10),))

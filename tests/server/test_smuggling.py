"""A request within a request: no byte in no place makes the server see the inner one."""

from __future__ import annotations

import pytest

from tests.support.parsing import outcome

INNER = b"GET /inner HTTP/1.1\r\nHost: a.example\r\n\r\n"
BODY = b"0\r\n\r\n" + INNER
"""By its length it is one body; in chunks it would end before the inner request."""

LENGTH = b"Content-Length: %d" % len(BODY)
BYTES = [bytes([number]) for number in range(256)]


def sent(*lines: bytes) -> tuple[list[tuple[str, str, bytes]], int | None]:
    return outcome([b"\r\n".join((b"POST / HTTP/1.1", b"Host: a.example", *lines, b"", BODY))])


@pytest.mark.parametrize("first", ["length", "coding"])
@pytest.mark.parametrize(
    "coding",
    [
        "~Transfer-Encoding: chunked",
        "Transfer~Encoding: chunked",
        "Transfer-Encoding~: chunked",
        "Transfer-Encoding:~chunked",
        "Transfer-Encoding: ~chunked",
        "Transfer-Encoding: chun~ked",
        "Transfer-Encoding: chunked~",
        "Transfer-Encoding: identity~chunked",
        "Transfer-Encoding: chunked~X-A: a",
        "X-A: a~Transfer-Encoding: chunked",
        "X-A: a\r~Transfer-Encoding: chunked",
        "X-A: a~\nTransfer-Encoding: chunked",
    ],
)
def test_body_with_a_length_is_never_read_in_chunks(coding: str, first: str) -> None:
    for byte in BYTES:
        line = coding.encode().replace(b"~", byte)
        requests, status = sent(*([LENGTH, line] if first == "length" else [line, LENGTH]))
        if status is None:
            assert requests == [("POST", "/", BODY)], line
            assert byte + b"Transfer-Encoding" in line or b"Transfer-Encoding:" not in line, line
        else:
            assert (requests, status in (400, 501)) == ([], True), line


@pytest.mark.parametrize(
    "line",
    [
        "~Content-Length: 5",
        "Content~Length: 5",
        "Content-Length~: 5",
        "Content-Length:~5",
        "Content-Length: 5~",
        "Content-Length: 5~Content-Length: 5",
        "X-A: a~Content-Length: 5",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_second_length_never_counts(line: str, first: bool) -> None:
    for byte in BYTES:
        other = line.encode().replace(b"~", byte)
        requests, status = sent(*([other, LENGTH] if first else [LENGTH, other]))
        assert (requests, status) in (([("POST", "/", BODY)], None), ([], 400)), other


def test_length_is_the_number_that_stands_there_or_refused() -> None:
    for byte in BYTES:
        requests, status = sent(b"Content-Length: 5" + byte)
        if byte.isdigit():
            assert requests[:1] in ([], [("POST", "/", BODY[: int(b"5" + byte)])])
        elif byte in b" \t":
            # The inner request does follow, as far as the length says.
            assert requests == [("POST", "/", BODY[:5]), ("GET", "/inner", b"")]
        else:
            assert (requests, status) == ([], 400), byte

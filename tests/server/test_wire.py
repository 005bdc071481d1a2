"""The protocol without a socket: each wire file, however it is cut."""

from __future__ import annotations

import pytest

from tests.support.parsing import outcome
from tests.support.wire import WireCase, read_cases, ways_to_cut


@pytest.mark.parametrize("case", read_cases("valid"), ids=lambda case: case.name)
def test_valid_wire_gives_its_requests(case: WireCase) -> None:
    for way, pieces in ways_to_cut(case.data, case.name).items():
        assert outcome(pieces) == (case.expected, None), way


@pytest.mark.parametrize("case", read_cases("invalid"), ids=lambda case: case.name)
def test_invalid_wire_is_refused_with_its_status(case: WireCase) -> None:
    for way, pieces in ways_to_cut(case.data, case.name).items():
        requests, status = outcome(pieces)
        assert status == case.expected, way
        assert len(requests) == (case.name == "garbage_after_a_request"), way


@pytest.mark.parametrize("case", read_cases("valid"), ids=lambda case: case.name)
def test_wire_that_is_cut_off_gives_no_unfinished_request(case: WireCase) -> None:
    assert isinstance(case.expected, list)
    whole = outcome([case.data])[0]
    for end in range(len(case.data)):
        requests, _ = outcome([case.data[:end]])
        assert requests == whole[: len(requests)]


def test_framing_of_a_body_is_bounded_whatever_the_size_of_its_head() -> None:
    """RFC 9112, section 7.1.1: "ought to limit the total length of chunk extensions"."""
    head = b"POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\nX-A: %b\r\n\r\n"
    for field in (b"", b"a" * 900):
        for count, status in ((15_000, None), (18_000, 400)):
            size_line = b"5;" + b"a" * count
            assert outcome([head % field + size_line])[1] == status
            assert outcome([head % field, size_line, b"\r\nhel", b"lo\r\n0\r\n\r\n"])[1] == status

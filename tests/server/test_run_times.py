"""Which requests of a WSGI application are expected to block."""

from __future__ import annotations

from samovar.server.run_times import MAX_KINDS, RunTimes
from tests.support.exchanges import MadeExchange


def test_nothing_is_expected_to_block_when_nothing_was_slow() -> None:
    times = RunTimes()
    times.record(MadeExchange(b"/fast"), 0.0001)
    assert not times.expect_blocking(MadeExchange(b"/fast"))


def test_kind_is_method_and_first_segment() -> None:
    times = RunTimes()
    times.record(MadeExchange(b"/slow/1?x=/"), 0.05)
    assert times.expect_blocking(MadeExchange(b"/slow/2"))
    assert times.expect_blocking(MadeExchange(b"/slow?x"))
    assert not times.expect_blocking(MadeExchange(b"/slower"))
    assert not times.expect_blocking(MadeExchange(b"/slow/1", method="POST"))


def test_one_hiccup_is_not_taken_for_blocking() -> None:
    times = RunTimes()
    times.record(MadeExchange(b"/fast"), 0.002)
    assert not times.expect_blocking(MadeExchange(b"/fast"))


def test_marked_kind_blocks_at_once_and_recovers_when_it_is_fast_again() -> None:
    times = RunTimes()
    exchange = MadeExchange(b"/x")
    times.mark(exchange)
    assert times.expect_blocking(exchange)
    for _ in range(20):
        times.record(exchange, 0.0001)
    assert not times.expect_blocking(exchange)


def test_oldest_kind_is_forgotten_when_there_are_too_many() -> None:
    times = RunTimes()
    for number in range(MAX_KINDS + 1):
        times.mark(MadeExchange(b"/%d" % number))
    assert not times.expect_blocking(MadeExchange(b"/0"))
    assert times.expect_blocking(MadeExchange(b"/1"))

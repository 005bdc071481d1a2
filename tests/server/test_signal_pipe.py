"""Signals as something to wait for."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest

from samovar.server.signal_pipe import SignalPipe

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signals")


@pytest.fixture
def silent() -> Iterator[int]:
    """A descriptor that never becomes readable."""
    reading, writing = os.pipe()
    yield reading
    os.close(reading)
    os.close(writing)


def test_signals_are_caught_in_order_when_they_came_before_the_wait(silent: int) -> None:
    with SignalPipe((signal.SIGTERM, signal.SIGUSR1)) as pipe:
        signal.raise_signal(signal.SIGUSR1)
        signal.raise_signal(signal.SIGTERM)
        assert pipe.wait(None, silent) == ([signal.SIGUSR1, signal.SIGTERM], False)
        assert pipe.wait(0, silent) == ([], False)


def test_signals_that_others_handle_are_left_to_them(silent: int) -> None:
    seen: list[int] = []
    earlier = signal.signal(signal.SIGUSR2, lambda signum, frame: seen.append(signum))
    try:
        with SignalPipe((signal.SIGUSR1,)) as pipe:
            signal.raise_signal(signal.SIGUSR2)
            assert pipe.wait(None, silent) == ([], False)
    finally:
        signal.signal(signal.SIGUSR2, earlier)
    assert seen == [signal.SIGUSR2]


def test_wait_ends_when_the_other_descriptor_is_readable() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    with SignalPipe((signal.SIGUSR1,)) as pipe:
        assert pipe.wait(None, reading) == ([], True)
    os.close(reading)


def test_earlier_handling_is_restored() -> None:
    earlier = signal.getsignal(signal.SIGUSR1)
    with SignalPipe((signal.SIGUSR1,)):
        assert signal.getsignal(signal.SIGUSR1) is not earlier
    assert signal.getsignal(signal.SIGUSR1) is earlier

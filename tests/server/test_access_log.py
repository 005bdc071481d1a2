"""How lines are gathered and written."""

from __future__ import annotations

import io
import threading

import pytest

from samovar.server.access_log import MAX_BUFFERED, AccessLog, make_logger


class Stream(io.StringIO):
    """Counts writes."""

    writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        return super().write(text)


def make(stream: io.StringIO) -> AccessLog:
    log = make_logger("plain", stream)
    assert log is not None
    return log


def add(log: AccessLog, target: bytes = b"/") -> None:
    log.log("GET", target, "1.1", ("127.0.0.1", 4000), 200, 5, [], 0.001)


def test_there_is_no_log_when_it_is_off() -> None:
    assert make_logger("off", io.StringIO()) is None


def test_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="off, plain, common, combined, json"):
        make_logger("apache", io.StringIO())


def test_lines_are_written_at_once_when_flushed() -> None:
    stream = Stream()
    log = make(stream)
    add(log, b"/one")
    add(log, b"/two")
    assert stream.writes == 0
    log.flush()
    log.flush()
    assert stream.writes == 1
    first, second = stream.getvalue().splitlines()
    assert first.endswith('"GET /one HTTP/1.1" 200 -')
    assert second.endswith('"GET /two HTTP/1.1" 200 -')


def test_full_buffer_is_written_without_a_flush() -> None:
    stream = Stream()
    log = make(stream)
    for _ in range(MAX_BUFFERED):
        add(log)
    assert len(stream.getvalue().splitlines()) == MAX_BUFFERED


def test_no_line_is_lost_or_torn_when_threads_log_and_flush() -> None:
    stream = io.StringIO()
    log = make(stream)

    def work(number: int) -> None:
        for turn in range(300):
            add(log, b"/%d/%d" % (number, turn))
            if turn % 7 == 0:
                log.flush()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.flush()
    targets = sorted(shown.split('"')[1] for shown in stream.getvalue().splitlines())
    expected = (f"GET /{number}/{turn} HTTP/1.1" for number in range(4) for turn in range(300))
    assert targets == sorted(expected)


def test_serving_goes_on_when_the_stream_is_gone() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    closed = io.StringIO()
    closed.close()
    for stream in (Full(), closed):
        log = make(stream)
        add(log)
        log.flush()

"""The server over real sockets: what a client sees on its connection, with either poller."""

from __future__ import annotations

import asyncio
import select
import socket
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO, cast

import pytest

from samovar.exchange import Answer, BodyError, BodyPolicy, Exchange, FileSegment, Reply
from tests.support.handlers import PLAIN, FunctionHandler, echo, text
from tests.support.http_client import Client
from tests.support.serving import PATIENCE, running

pytestmark = pytest.mark.parametrize("poller", ["epoll", "selectors"])


@contextmanager
def talking(handler: Any, poller: str, **settings: Any) -> Iterator[Client]:
    """Serve a handler and open a connection to it."""
    with running(handler, poller=poller, **settings) as server, Client(server.connect()) as client:
        yield client


@contextmanager
def talking_many(handler: Any, poller: str, count: int, **settings: Any) -> Iterator[list[Client]]:
    """Serve a handler and open several connections to it."""
    with running(handler, poller=poller, **settings) as server, ExitStack() as stack:
        yield [stack.enter_context(Client(server.connect())) for _ in range(count)]


# Connections.


def test_connection_carries_many_requests(poller: str) -> None:
    with talking(FunctionHandler(lambda exchange: text(exchange.target.decode())), poller) as it:
        assert [it.get(f"/{number}").body for number in range(3)] == [b"/0", b"/1", b"/2"]


def test_pipelined_requests_are_answered_in_order(poller: str) -> None:
    with talking(FunctionHandler(lambda exchange: text(exchange.target.decode())), poller) as it:
        it.send("".join(f"GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n" for number in range(50)))
        assert [it.read().body for _ in range(50)] == [b"/%d" % number for number in range(50)]


def test_connection_close_is_honoured(poller: str) -> None:
    with talking(FunctionHandler(lambda exchange: text("x")), poller) as it:
        assert it.get(extra="Connection: close\r\n").fields["connection"] == "close"
        assert it.is_closed()


def test_http_1_0_connection_closes_after_its_reply(poller: str) -> None:
    with talking(FunctionHandler(lambda exchange: text("x")), poller) as it:
        it.send("GET / HTTP/1.0\r\n\r\n")
        assert it.read().body == b"x"
        assert it.is_closed()


def test_http_1_0_connection_is_kept_where_the_client_asks(poller: str) -> None:
    with talking(FunctionHandler(lambda exchange: text("x")), poller) as it:
        for _ in range(2):
            it.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert it.read().fields["connection"] == "keep-alive"


def test_client_that_stops_sending_still_gets_its_reply(poller: str) -> None:
    with talking(FunctionHandler(lambda exchange: text("x")), poller) as it:
        it.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        it.sock.shutdown(socket.SHUT_WR)
        assert it.read().body == b"x"
        assert it.is_closed()


# Replies.


def test_head_has_the_length_of_get_and_no_body(poller: str) -> None:
    with talking(FunctionHandler(lambda exchange: text("hello")), poller) as it:
        it.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert it.read(bodiless=True).fields["content-length"] == "5"
        assert it.get().body == b"hello"


@pytest.mark.parametrize("status", [204, 304])
def test_status_without_body_gets_none(poller: str, status: int) -> None:
    with talking(FunctionHandler(lambda exchange: Reply(status, (), b"never sent")), poller) as it:
        answer = it.get()
        assert answer.status == status
        assert "content-length" not in answer.fields  # it would be that of a 200
        assert it.get().status == status


@pytest.mark.parametrize("body", [b"never sent", [b"never sent"]], ids=["bytes", "iterable"])
@pytest.mark.parametrize("fields", [(), (("Content-Length", "10"),)], ids=["plain", "length"])
def test_reset_content_is_empty(
    poller: str, body: Any, fields: tuple[tuple[str, str], ...]
) -> None:
    with talking(FunctionHandler(lambda exchange: Reply(205, fields, body)), poller) as it:
        for _ in range(2):
            answer = it.get()
            assert (answer.status, answer.fields["content-length"], answer.body) == (205, "0", b"")


def test_iterable_is_sent_in_chunks_as_it_comes(poller: str) -> None:
    go_on = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield b"first"
        assert go_on.wait(PATIENCE)
        yield b"second"

    with talking(FunctionHandler(lambda exchange: Reply(200, PLAIN, pieces())), poller) as it:
        it.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _, fields = it.read_head()
        assert fields["transfer-encoding"] == "chunked"
        assert it.read_chunk() == b"first"
        go_on.set()
        assert it.read_chunks() == [b"second"]


def test_iterable_to_http_1_0_ends_with_the_connection(poller: str) -> None:
    with talking(FunctionHandler(lambda exchange: Reply(200, PLAIN, [b"a", b"b"])), poller) as it:
        it.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        reply = it.read()
        assert "transfer-encoding" not in reply.fields
        assert reply.body == b"ab"


def test_iterable_that_fails_at_once_is_answered_with_500(poller: str) -> None:
    def pieces() -> Iterator[bytes]:
        raise RuntimeError("no first piece")
        yield b""

    with talking(FunctionHandler(lambda exchange: Reply(200, PLAIN, pieces())), poller) as it:
        assert it.get().status == 500


def test_iterable_that_fails_later_breaks_off_the_connection(poller: str) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"first"
        raise RuntimeError("no second piece")

    with talking(FunctionHandler(lambda exchange: Reply(200, PLAIN, pieces())), poller) as it:
        it.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        it.read_head()
        assert it.read_chunk() == b"first"
        assert it.is_closed()


def test_iterable_shorter_than_its_length_breaks_off_the_connection(poller: str) -> None:
    fields = (*PLAIN, ("Content-Length", "10"))
    with talking(FunctionHandler(lambda exchange: Reply(200, fields, [b"four"])), poller) as it:
        reply = it.get()
        assert reply.fields["content-length"] == "10"
        assert reply.body == b"four"


def test_iterable_longer_than_its_length_is_cut_there(poller: str) -> None:
    fields = (*PLAIN, ("Content-Length", "4"))
    with talking(FunctionHandler(lambda _: Reply(200, fields, [b"abc", b"def"])), poller) as it:
        assert it.get().body == b"abcd"
        assert it.get().body == b"abcd"


def test_large_body_reaches_a_client_that_reads_late(poller: str) -> None:
    body = bytes(range(256)) * 80_000
    with talking(FunctionHandler(lambda exchange: Reply(200, PLAIN, body)), poller) as it:
        it.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
        assert it.read().body == body
        assert it.read().body == body


@pytest.mark.parametrize("size", [0, 100, 3_000_000])
def test_file_segment_is_sent_and_closed(poller: str, size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)
    files: list[BinaryIO] = []

    def answer(exchange: Exchange) -> Reply:
        file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - the server's to close
        file.write(content)
        file.flush()
        files.append(file)
        return Reply(200, PLAIN, FileSegment(file, 5, size))

    with talking(FunctionHandler(answer), poller) as it:
        assert it.get().body == content[5 : 5 + size]
        assert it.get().body == content[5 : 5 + size]
    assert all(file.closed for file in files)


def test_body_is_closed_when_the_client_has_left(poller: str) -> None:
    closed = threading.Event()

    class Endless:
        def __iter__(self) -> Iterator[bytes]:
            while True:
                yield b"x" * 65_536

        def close(self) -> None:
            closed.set()

    with talking(FunctionHandler(lambda exchange: Reply(200, PLAIN, Endless())), poller) as it:
        it.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        it.read_head()
        it.close()
        assert closed.wait(PATIENCE)


def test_on_close_is_called_once_after_the_reply(poller: str) -> None:
    calls: list[int] = []
    reply = Reply(200, PLAIN, b"x", on_close=lambda: calls.append(1))
    with talking(FunctionHandler(lambda exchange: reply), poller) as it:
        it.get()
        it.get()
    assert calls == [1, 1]


@pytest.mark.parametrize(
    "fields",
    [[("X", "a\r\nSet-Cookie: b")], [("X", "a\0")], [("X Y", "a")], [("X", "☃")]],
    ids=["line break", "NUL", "space in the name", "not latin-1"],
)
def test_field_that_would_split_the_reply_is_refused(
    poller: str, fields: list[tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    with talking(FunctionHandler(lambda exchange: Reply(200, fields, b"x")), poller) as it:
        reply = it.get()
        assert reply.status == 500
        assert "set-cookie" not in reply.fields
    assert "ValueError" in caplog.text


# Bodies.


@pytest.mark.parametrize("size", [0, 1, 70_000, 2_500_000])
def test_body_is_collected_before_the_call(poller: str, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    with talking(FunctionHandler(echo), poller) as it:
        it.send(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n")
        it.send(body)
        assert it.read().body == body


def test_chunked_body_is_collected(poller: str) -> None:
    with talking(FunctionHandler(echo), poller) as it:
        it.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        it.send("5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: z\r\n\r\n")
        assert it.read().body == b"hello world"
        assert it.get().body == b""


def test_client_is_told_to_continue(poller: str) -> None:
    with talking(FunctionHandler(echo), poller) as it:
        it.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert it.read_head()[0] == 100
        it.send("hello")
        assert it.read().body == b"hello"


def test_body_over_its_limit_is_refused_before_it_is_sent(poller: str) -> None:
    def answer(exchange: Exchange) -> Reply:
        try:
            exchange.body.read()
        except BodyError as error:
            return Reply(error.status, PLAIN, b"too large")
        return text("read it all")

    with talking(FunctionHandler(answer, BodyPolicy(limit=10)), poller) as it:
        it.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n")
        reply = it.read()
        assert (reply.status, reply.body) == (413, b"too large")
        assert it.is_closed()


def test_client_that_sends_too_much_can_read_the_refusal(poller: str) -> None:
    with talking(FunctionHandler(echo), poller, max_body=10) as it:
        it.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        it.send(b"x" * 1_000_000)
        assert it.read().status == 413
        assert it.is_closed()


def test_chunked_body_over_its_limit_is_refused(poller: str) -> None:
    def answer(exchange: Exchange) -> Reply:
        with pytest.raises(BodyError) as caught:
            exchange.body.read()
        return Reply(caught.value.status, PLAIN, b"")

    with talking(FunctionHandler(answer, BodyPolicy(limit=10)), poller) as it:
        it.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        it.send("6\r\nhello \r\n6\r\nworld!\r\n")
        assert it.read().status == 413


def test_streamed_body_is_read_while_it_arrives(poller: str) -> None:
    seen: list[bytes] = []
    got_one = threading.Event()

    def answer(exchange: Exchange) -> Reply:
        seen.append(exchange.body.read1(100))  # type: ignore[attr-defined]  # it is buffered
        got_one.set()
        seen.append(exchange.body.read())
        return text("done")

    with talking(FunctionHandler(answer, BodyPolicy(stream=True)), poller) as it:
        it.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
        assert got_one.wait(PATIENCE)
        it.send("world")
        assert it.read().body == b"done"
        assert seen == [b"hello", b"world"]
        it.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
        assert it.read().body == b"done"


def test_connection_closes_where_a_streamed_body_is_left_unread(poller: str) -> None:
    handler = FunctionHandler(lambda exchange: text("no need"), BodyPolicy(stream=True))
    with talking(handler, poller) as it:
        it.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello")
        reply = it.read()
        assert (reply.body, reply.fields["connection"]) == (b"no need", "close")


# Timeouts.


def test_slow_head_is_answered_with_408(poller: str) -> None:
    with talking(FunctionHandler(echo), poller, header_timeout=0.1) as it:
        it.send("GET / HTTP/1.1\r\nHos")
        assert it.read().status == 408
        assert it.is_closed()


def test_slow_body_is_answered_with_408(poller: str) -> None:
    with talking(FunctionHandler(echo), poller, body_timeout=0.1) as it:
        it.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhal")
        assert it.read().status == 408


def test_body_that_trickles_is_answered_with_408(poller: str) -> None:
    handler = FunctionHandler(echo)
    with talking(handler, poller, body_timeout=PATIENCE, body_grace=0.1, min_body_rate=10) as it:
        it.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx")
        assert it.read().status == 408


def test_body_that_keeps_its_rate_is_taken(poller: str) -> None:
    handler = FunctionHandler(echo)
    with talking(handler, poller, body_timeout=PATIENCE, body_grace=0.01, min_body_rate=1) as it:
        it.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n12345678")
        select.select([it.sock], [], [], 0.5)
        it.send("9")
        assert it.read().body == b"123456789"


def test_idle_connection_is_closed_without_a_word(poller: str) -> None:
    with talking(FunctionHandler(lambda exchange: text("x")), poller, idle_timeout=0.1) as it:
        assert it.get().status == 200
        assert it.is_closed()


def test_client_that_does_not_read_is_dropped(poller: str) -> None:
    closed = threading.Event()

    class Endless:
        def __iter__(self) -> Iterator[bytes]:
            while True:
                yield b"x" * 65_536

        def close(self) -> None:
            closed.set()

    handler = FunctionHandler(lambda exchange: Reply(200, PLAIN, Endless()))
    with talking(handler, poller, write_timeout=0.1) as it:
        it.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert closed.wait(PATIENCE)


# Threads.


def test_blocking_calls_run_side_by_side(poller: str) -> None:
    """Each of 16 calls waits until all 16 have begun."""
    together = threading.Barrier(16, timeout=PATIENCE)

    def answer(exchange: Exchange) -> Reply:
        together.wait()
        return text("met")

    with talking_many(FunctionHandler(answer), poller, 16) as clients:
        for client in clients:
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert [client.read().body for client in clients] == [b"met"] * 16


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "caught"])
def test_others_are_served_while_a_call_blocks(poller: str, announced: bool) -> None:
    release = threading.Event()

    def answer(exchange: Exchange) -> Reply:
        if exchange.target == b"/slow":
            if announced:
                exchange.about_to_block()
            assert release.wait(PATIENCE)
        return text(exchange.target.decode())

    handler = FunctionHandler(answer)
    with (
        running(handler, poller=poller) as server,
        server.connect() as one,
        server.connect() as two,
    ):
        slow, fast = Client(one), Client(two)
        slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        assert fast.get("/fast").body == b"/fast"
        release.set()
        assert [slow.read().body, slow.read().body] == [b"/slow", b"/next"]
    assert handler.caught == ([] if announced else [b"/slow"])


def test_calls_wait_where_all_threads_are_taken(poller: str) -> None:
    release = threading.Event()
    begun = threading.Semaphore(0)

    def answer(exchange: Exchange) -> Reply:
        begun.release()
        assert release.wait(PATIENCE)
        return text("x")

    with talking_many(FunctionHandler(answer), poller, 6, threads=2) as clients:
        for client in clients:
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        for _ in range(2):
            assert begun.acquire(timeout=PATIENCE)
        release.set()
        assert [client.read().status for client in clients] == [200] * 6


# Asynchronous answers.


def test_awaitable_is_awaited(poller: str) -> None:
    def answer(exchange: Exchange) -> Answer:
        async def later() -> Reply:
            await asyncio.sleep(0)
            return text("later")

        return later()

    with talking(FunctionHandler(answer), poller) as it:
        it.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
        assert [it.read().body for _ in range(3)] == [b"later"] * 3


def test_awaitable_that_fails_is_answered_with_500(poller: str) -> None:
    def answer(exchange: Exchange) -> Answer:
        async def later() -> Reply:
            raise RuntimeError("never")

        return later()

    with talking(FunctionHandler(answer), poller) as it:
        assert it.get().status == 500
        assert it.get().status == 500


def test_async_iterable_is_sent_as_it_comes(poller: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(3):
            yield b"%d" % number
            await asyncio.sleep(0)

    with talking(FunctionHandler(lambda exchange: Reply(200, PLAIN, pieces())), poller) as it:
        it.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
        for _ in range(2):
            it.read_head()
            assert it.read_chunks() == [b"0", b"1", b"2"]


def test_large_async_body_reaches_a_client_that_reads_late(poller: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(100):
            yield bytes([number]) * 100_000

    with talking(FunctionHandler(lambda exchange: Reply(200, PLAIN, pieces())), poller) as it:
        reply = it.get()
        assert reply.body == b"".join(bytes([number]) * 100_000 for number in range(100))
        assert it.get().status == 200


def test_async_body_is_cancelled_when_the_client_leaves(poller: str) -> None:
    ended = threading.Event()

    async def pieces() -> AsyncIterator[bytes]:
        try:
            yield b"first"
            await asyncio.Event().wait()
        finally:
            ended.set()

    with talking(FunctionHandler(lambda exchange: Reply(200, PLAIN, pieces())), poller) as it:
        it.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        it.read_head()
        assert it.read_chunk() == b"first"
        it.sock.shutdown(socket.SHUT_RDWR)
        assert ended.wait(PATIENCE)


def test_async_iterable_that_fails_at_once_is_answered_with_500(poller: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        raise RuntimeError("no first piece")
        yield b""

    with talking(FunctionHandler(lambda exchange: Reply(200, PLAIN, pieces())), poller) as it:
        assert it.get().status == 500
        assert it.get().status == 500


# Faults and ends.


def test_application_that_raises_gets_500_and_the_next_request_is_served(
    poller: str, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(exchange: Exchange) -> Reply:
        if exchange.target == b"/bad":
            raise ZeroDivisionError("seen in the log")
        return text("good")

    with talking(FunctionHandler(answer), poller) as it:
        assert it.get("/bad").status == 500
        assert it.get("/good").body == b"good"
    assert "seen in the log" in caplog.text
    assert "The application failed on GET /bad." in caplog.text


def test_application_that_exits_does_not_end_the_server(poller: str) -> None:
    def answer(exchange: Exchange) -> Reply:
        if exchange.target == b"/exit":
            raise SystemExit
        return text("good")

    with talking(FunctionHandler(answer), poller) as it:
        assert it.get("/exit").status == 500
        assert it.get("/").body == b"good"


def test_stopping_finishes_what_is_in_flight(poller: str) -> None:
    begun, release = threading.Event(), threading.Event()

    def answer(exchange: Exchange) -> Reply:
        begun.set()
        assert release.wait(PATIENCE)
        return text("finished")

    with (
        running(FunctionHandler(answer), poller=poller) as server,
        Client(server.connect()) as client,
    ):
        client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert begun.wait(PATIENCE)
        server.server.stop()
        release.set()
        reply = client.read()
        assert (reply.body, reply.fields["connection"]) == (b"finished", "close")


def test_stopping_closes_idle_connections(poller: str) -> None:
    with (
        running(FunctionHandler(lambda _: text("x")), poller=poller) as server,
        Client(server.connect()) as client,
    ):
        client.get()
        server.server.stop()
        assert client.is_closed()


def test_stopping_waits_for_the_first_request_of_a_new_connection(poller: str) -> None:
    with (
        running(FunctionHandler(lambda _: text("x")), poller=poller) as server,
        Client(server.connect()) as new,
        Client(server.connect()) as later,
    ):
        later.get()  # so the one before is accepted too
        server.server.stop()
        assert new.get().fields["connection"] == "close"


def test_connections_beyond_the_limit_wait_for_their_turn(poller: str) -> None:
    handler = FunctionHandler(lambda exchange: text("x"))
    with talking_many(handler, poller, 3, max_connections=2) as (first, second, third):
        assert [first.get().status, second.get().status] == [200, 200]
        third.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        first.close()
        assert third.read().status == 200

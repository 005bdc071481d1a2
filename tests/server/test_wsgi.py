"""The WSGI bridge: what applications give, and the replies they become."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar, copy_context
from pathlib import Path
from typing import Any

import pytest

from samovar.exchange import FileSegment, Reply
from samovar.server.start_response import WRITTEN_IN_MEMORY
from samovar.server.wsgi import WSGIHandler
from tests.support.exchanges import MadeExchange

Environ = dict[str, Any]
App = Callable[[Environ, Any], Any]


def reply_of(app: App, exchange: MadeExchange | None = None) -> Reply:
    return WSGIHandler(app).handle(exchange or MadeExchange())


def sent(reply: Reply) -> bytes:
    """Take and close the body as the server does."""
    body = reply.body
    assert not isinstance(body, FileSegment)
    try:
        return body if isinstance(body, bytes) else b"".join(pieces(reply))
    finally:
        getattr(body, "close", lambda: None)()
        if reply.on_close is not None:
            reply.on_close()


def pieces(reply: Reply) -> Iterable[bytes]:
    assert isinstance(reply.body, Iterable)
    return reply.body  # type: ignore[return-value]  # iterables of ints were told apart


class Closable:
    """An iterable that counts how often it is closed."""

    def __init__(self, *items: Any) -> None:
        self.items = items
        self.asked = 0
        self.closed = 0

    def __iter__(self) -> Iterator[Any]:
        for item in self.items:
            self.asked += 1
            if isinstance(item, Exception):
                raise item
            yield item

    def close(self) -> None:
        self.closed += 1


def answering(result: Any, headers: list[tuple[str, str]] | None = None) -> App:
    def app(environ: Environ, start_response: Any) -> Any:
        start_response("200 OK", headers or [])
        return result

    return app


def test_list_of_one_piece_becomes_bytes() -> None:
    reply = reply_of(answering([b"hello"], [("Content-Type", "text/plain")]))
    assert (reply.status, reply.reason) == (200, None)
    assert reply.fields == (("Content-Type", "text/plain"),)
    assert reply.body == b"hello"


def test_list_of_several_pieces_is_sent_in_order() -> None:
    assert sent(reply_of(answering([b"a", b"", b"b"]))) == b"ab"


def test_call_body_and_close_share_a_context() -> None:
    user: ContextVar[str] = ContextVar("user")
    seen = []

    def app(environ: Environ, start_response: Any) -> Iterator[bytes]:
        token = user.set("ada")
        start_response("200 OK", [])
        try:
            yield b"first"
            yield user.get().encode()
        finally:
            seen.append(user.get())
            user.reset(token)  # which only the context that it was set in allows

    reply = reply_of(app)
    assert user.get(None) is None
    assert copy_context().run(sent, reply) == b"firstada"
    reply = reply_of(app)
    copy_context().run(next, iter(pieces(reply)))
    copy_context().run(getattr(reply.body, "close", lambda: None))
    assert seen == ["ada", "ada"]


def test_head_has_no_length_when_the_application_gave_none() -> None:
    exchange = MadeExchange(method="HEAD")
    assert not isinstance(reply_of(answering([]), exchange).body, bytes)
    assert reply_of(answering([], [("Content-Length", "0")]), exchange).body == b""


def test_nothing_becomes_an_empty_body() -> None:
    assert reply_of(answering([])).body == b""
    assert reply_of(answering(iter([b"", b""]))).body == b""


def test_generator_is_asked_for_its_first_piece_only() -> None:
    result = Closable(b"", b"first", b"second")
    reply = reply_of(answering(result))
    assert result.asked == 2
    assert list(pieces(reply)) == [b"first", b"second"]


def test_start_response_may_come_with_the_first_piece() -> None:
    def app(environ: Environ, start_response: Any) -> Iterator[bytes]:
        yield b""
        start_response("201 Created", [("X-A", "a")])
        yield b"made"

    reply = reply_of(app)
    assert (reply.status, reply.fields) == (201, (("X-A", "a"),))
    assert sent(reply) == b"made"


def test_head_may_change_until_the_first_piece() -> None:
    def app(environ: Environ, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b""
        try:
            raise KeyError("x")
        except KeyError:
            start_response("500 Oops", [], sys.exc_info())
        yield b"sorry"

    reply = reply_of(app)
    assert (reply.status, reply.reason) == (500, "Oops")
    assert sent(reply) == b"sorry"


def test_error_after_the_first_piece_goes_to_the_server() -> None:
    def app(environ: Environ, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        yield b"some"
        try:
            raise KeyError("late")
        except KeyError:
            start_response("500 Oops", [], sys.exc_info())
        yield b"never"

    body = iter(pieces(reply_of(app)))
    assert next(body) == b"some"
    with pytest.raises(KeyError, match="late"):
        next(body)


def test_body_is_closed_once_when_the_client_leaves() -> None:
    result = Closable(b"first", b"second")
    reply = reply_of(answering(result))
    body: Any = reply.body
    next(body)
    body.close()
    body.close()
    assert (result.closed, result.asked) == (1, 1)


def test_body_is_closed_when_its_first_piece_fails() -> None:
    result = Closable(KeyError("x"))
    with pytest.raises(KeyError):
        reply_of(answering(result))
    assert result.closed == 1


def test_body_is_closed_when_it_was_sent_in_one_piece() -> None:
    result = Closable(b"hello")
    reply = reply_of(answering(result, [("Content-Length", "5")]))
    assert reply.body == b"hello"
    assert result.closed == 0
    assert reply.on_close is not None
    reply.on_close()
    assert result.closed == 1


def test_no_more_is_sent_than_announced() -> None:
    result = Closable(b"ab", b"cde", b"fgh")
    reply = reply_of(answering(result, [("Content-Length", "4")]))
    assert list(pieces(reply)) == [b"ab", b"cd"]
    assert result.asked == 2
    assert sent(reply_of(answering([b"abcdef"], [("Content-Length", "4")]))) == b"abcd"


@pytest.mark.parametrize(
    ("result", "hint"),
    [
        pytest.param(None, "returned NoneType", id="None"),
        pytest.param(b"hello", "return \\[body\\]", id="bytes"),
        pytest.param("hello", "returned str", id="str"),
        pytest.param(5, "returned int", id="number"),
        pytest.param(["hello"], "encode text", id="list of str"),
        pytest.param([bytearray(b"hello")], "bytearray", id="bytearray"),
    ],
)
def test_developer_is_told_when_the_body_is_no_iterable_of_bytes(result: Any, hint: str) -> None:
    with pytest.raises(TypeError, match=hint):
        reply_of(answering(result))


@pytest.mark.parametrize("result", [[b"hello"], [], iter([b"hello"])])
def test_developer_is_told_when_start_response_was_not_called(result: Any) -> None:
    with pytest.raises(RuntimeError, match="start_response"):
        reply_of(lambda environ, start_response: result)


def test_written_pieces_come_before_the_returned_ones() -> None:
    def app(environ: Environ, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", [])
        write(b"one ")
        write(b"two ")
        return [b"three"]

    assert sent(reply_of(app)) == b"one two three"


def test_written_pieces_count_towards_the_announced_length() -> None:
    def app(environ: Environ, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "5")])(b"abc")
        return [b"defg"]

    assert sent(reply_of(app)) == b"abcde"


def test_much_written_goes_to_a_file_that_is_closed_with_the_reply() -> None:
    size = WRITTEN_IN_MEMORY * 2
    result = Closable()

    def app(environ: Environ, start_response: Any) -> Closable:
        start_response("200 OK", [])(bytes(size))
        return result

    reply = reply_of(app)
    assert len(sent(reply)) == size
    assert result.closed == 1


def test_error_after_write_leaves_no_file_open() -> None:
    def app(environ: Environ, start_response: Any) -> list[bytes]:
        start_response("200 OK", [])(bytes(WRITTEN_IN_MEMORY + 1))
        raise KeyError("x")

    with pytest.raises(KeyError):
        reply_of(app)


def test_file_wrapper_becomes_a_segment_when_it_holds_a_real_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")

    def app(environ: Environ, start_response: Any) -> Any:
        start_response("200 OK", [])
        file = path.open("rb")
        file.seek(2)
        return environ["wsgi.file_wrapper"](file, 4)

    body = reply_of(app).body
    assert isinstance(body, FileSegment)
    with body.file:
        assert (body.offset, body.length) == (2, 8)


def test_file_wrapper_is_iterated_when_it_holds_something_else() -> None:
    class Reader:
        closed = 0

        def __init__(self) -> None:
            self.blocks = iter((b"ab", b"c", b""))

        def read(self, size: int) -> bytes:
            return next(self.blocks)

        def close(self) -> None:
            self.closed += 1

    reader = Reader()

    def app(environ: Environ, start_response: Any) -> Any:
        start_response("200 OK", [])
        return environ["wsgi.file_wrapper"](reader)

    assert sent(reply_of(app)) == b"abc"
    assert reader.closed == 1


def test_environ_says_how_the_application_is_called() -> None:
    seen: Environ = {}

    def app(environ: Environ, start_response: Any) -> list[bytes]:
        seen.update(environ)
        start_response("200 OK", [])
        return []

    WSGIHandler(app, multithread=False, multiprocess=True).handle(MadeExchange())
    assert (seen["wsgi.multithread"], seen["wsgi.multiprocess"]) == (False, True)


def test_lead_is_passed_on_when_the_path_was_caught_blocking() -> None:
    handler = WSGIHandler(answering([b"x"]))
    exchange = MadeExchange(b"/slow/1")
    handler.handle(exchange)
    assert exchange.blocked == 0
    handler.caught_blocking(exchange)
    handler.handle(exchange)
    assert exchange.blocked == 1


def test_body_is_collected_before_the_application_is_called() -> None:
    policy = WSGIHandler(answering([])).body_policy(MadeExchange(method="POST"))
    assert policy == (None, False)

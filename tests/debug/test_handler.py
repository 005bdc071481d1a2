"""The error page: shown for errors of any kind of view, with a console for whoever has the PIN."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from samovar.app import App
from samovar.context import request
from samovar.debug import handler as debug_handler
from samovar.debug.failed import FailedProgram
from samovar.debug.handler import DebugHandler
from samovar.handler import AppHandler
from tests.support.serving import Running, running


def make_app() -> App:
    app = App("shop")
    app.debug = True

    @app.route("/")
    def hello() -> str:
        return "hello"

    @app.route("/broken")
    def broken() -> str:
        price: Any = "<b>12</b>"
        return str(price + 7)

    @app.route("/broken-async")
    async def broken_async() -> str:
        raise LookupError("no such tea")

    return app


@pytest.fixture
def handler() -> DebugHandler:
    return DebugHandler(AppHandler(make_app()))


@pytest.fixture
def server(handler: DebugHandler) -> Iterator[Running]:
    with running(handler) as server:
        yield server


def get(server: Running, path: str, cookie: str = "") -> str:
    """Return the whole answer, head included, as text."""
    head = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
    )
    return server.send(head.encode()).decode()


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, f"no {pattern!r} in {text}"
    return match[1]


def test_answer_without_error_passes_through(server: Running) -> None:
    assert get(server, "/").endswith("hello")


def test_error_of_a_plain_view_shows_its_line(server: Running) -> None:
    page = get(server, "/broken")
    assert page.startswith("HTTP/1.1 500")
    assert "TypeError" in page
    assert "price + 7" in page


def test_error_of_an_async_view_shows_its_line(server: Running) -> None:
    page = get(server, "/broken-async")
    assert page.startswith("HTTP/1.1 500")
    assert "no such tea" in page


def test_error_is_logged_from_the_programs_line_on(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    get(server, "/broken?tea=1")
    assert "Exception on '/broken?tea=1' [GET]" in caplog.text
    assert "price + 7" in caplog.text
    assert "AppHandler" not in caplog.text
    assert caplog.text.count("File ") == 1


def test_page_hides_our_own_way_to_it(server: Running) -> None:
    assert "_raise_again" not in get(server, "/broken")


def test_other_requests_go_on_after_an_error(server: Running) -> None:
    get(server, "/broken")
    assert get(server, "/").endswith("hello")


def test_page_brings_its_own_resources(server: Running) -> None:
    assert "text/css" in get(server, "/?__debugger__=yes&cmd=resource&f=style.css")


def test_console_needs_the_pin_and_knows_the_frame(server: Running, handler: DebugHandler) -> None:
    page = get(server, "/broken")
    secret = found(r'SECRET = "(\w+)"', page)
    frames = re.findall(r'id="frame-(\d+)"', page)
    ask = f"__debugger__=yes&cmd=price&frm={frames[-1]}&s={secret}"
    assert "12" not in get(server, f"/?{ask}").partition("\r\n\r\n")[2]

    entered = get(server, f"/?__debugger__=yes&cmd=pinauth&pin={handler.pin}&s={secret}")
    assert '"auth": true' in entered
    cookie = found(r"Set-Cookie: ([^;]+)", entered)
    assert "&lt;b&gt;12&lt;/b&gt;" in get(server, f"/?{ask}", cookie)


def test_console_knows_the_request(server: Running, handler: DebugHandler) -> None:
    page = get(server, "/broken")
    secret = found(r'SECRET = "(\w+)"', page)
    frame = re.findall(r'id="frame-(\d+)"', page)[-1]
    entered = get(server, f"/?__debugger__=yes&cmd=pinauth&pin={handler.pin}&s={secret}")
    cookie = found(r"Set-Cookie: ([^;]+)", entered)
    code = "__import__('samovar').request.path"
    answer = get(server, f"/?__debugger__=yes&cmd={code}&frm={frame}&s={secret}", cookie)
    assert "/broken" in answer.partition("\r\n\r\n")[2]


def test_kept_frames_are_bounded(
    server: Running, handler: DebugHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(debug_handler, "MAX_FRAMES", 20)
    for _ in range(20):
        get(server, "/broken")
    assert 0 < handler.kept_frames <= 20


def test_program_that_failed_to_load_shows_why() -> None:
    try:
        compile("def hello(:", "hello.py", "exec")
    except SyntaxError as error:
        failed = FailedProgram(error)
    with running(DebugHandler(failed)) as server:
        first, second = get(server, "/"), get(server, "/other")
    for page in (first, second):
        assert page.startswith("HTTP/1.1 500")
        assert "SyntaxError" in page
        assert "hello.py" in page
    # Raising the same error again must not make its traceback longer each time.
    assert second.count('class="frame"') == first.count('class="frame"')


def test_no_error_is_logged_when_a_view_ends_the_connection_that_it_took_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = make_app()

    @app.route("/socket")
    def socket() -> str:
        request.environ["werkzeug.socket"].sendall(b"HTTP/1.1 101 Tea\r\n\r\n")
        raise ConnectionError

    upgrade = b"GET /socket HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: tea\r\n\r\n"
    with running(DebugHandler(AppHandler(app))) as server:
        assert server.send(upgrade) == b"HTTP/1.1 101 Tea\r\n\r\n"
    assert caplog.text == ""

"""The programs of the lessons, written for Flask: they answer under Samovar as under Flask itself.

So does ``features``, with what people meet after the lessons.

Each program runs four times from the same folder: with Flask and Werkzeug's development server, as
``python -m samovar.as_flask app.py``, as ``samovar run --as-flask app.py``, and as ``samovar run
app.py``, where our server carries Flask itself. The same requests go to each, and status, header
fields and body must be equal.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.seeds.conversation import Answer, Ask, Browser, form, upload
from tests.support.programs import Program, started

PROGRAMS = Path(__file__).parent / "programs"

pytestmark = pytest.mark.timeout(360)  # seconds; the first test may have to install Flask

SITE_ELSEWHERE = (
    Ask("/nothing/of/the/kind"),
    Ask("/", "DELETE"),
    Ask("/", "HEAD"),
    Ask("/", "OPTIONS"),
    Ask("/?x=1"),
)
"""What every program with a page at ``/`` is asked for beside its own."""

RESULTS = (
    "status fields status-fields list-of-fields dict-status list-status bytes response"
    " response-status empty made jsonify jsonify-list jsonify-text reason number four iterator"
    " generator no-content not-modified"
).split()
"""What the views of ``features`` return."""

MANY_FIELDS = {
    "Accept": "text/html;q=0.5,a/b",
    "Accept-Language": "de,en;q=0.5",
    "Authorization": "Bearer x",
    "Cache-Control": "no-cache, max-age=0",
    "If-None-Match": '"q", W/"r"',
    "Range": "bytes=0-1",
    "Referer": "http://r/",
    "X-Empty": "",
    "X-Forwarded-For": "192.0.2.1",
}

CONVERSATIONS: dict[str, Sequence[Ask]] = {
    "minimal": (Ask("/"), *SITE_ELSEWHERE, Ask("/static/nothing.css"), Ask("/%00"), Ask("/..")),
    "hello_and_time": (
        Ask("/"),
        *SITE_ELSEWHERE,
        Ask("/time", changing=r"\d[\d:. -]*"),
        Ask("/time/"),
        Ask("/blah"),
    ),
    "greetings": (
        *SITE_ELSEWHERE,
        Ask("/hello"),
        Ask("/hello/"),
        Ask("/hello/?loud=1"),
        Ask("/hello", "POST"),
        Ask("/hello/", "HEAD"),
        Ask("/hello/Scott"),
        Ask("/hello/Scott/"),
        Ask("/hello/J%C3%BCrgen%20M"),
        Ask("/hello/%FF"),
        Ask("/hello//Scott"),
        Ask("/both"),
        Ask("/both/"),
        Ask("/goodbye"),
        Ask("/goodbye/"),
        Ask("/square/12"),
        Ask("/square/012"),
        Ask("/square/-3"),
        Ask("/square/seven"),
        Ask("/square/99999999999999999999"),
        Ask("/fraction/1.5"),
        Ask("/fraction/1.5/?a=b&c=d"),
        Ask("/fraction/1"),
        Ask("/path/a/b/c"),
        Ask("/path/a//b"),
        Ask("/path/"),
        Ask("/either/tea"),
        Ask("/either/beer"),
        Ask("/id/6b1f7d9c-5a0e-4d65-9f0b-0d8f7d3a2e11"),
        Ask("/id/6b1f"),
        Ask("/greet"),
        Ask("/greet", "OPTIONS"),
    ),
    "random_number": (
        Ask("/"),
        *SITE_ELSEWHERE,
        Ask("/?name=%3Cb%3E&name=two"),
        Ask("/static/style.css"),
        Ask("/static/style.css", repeat={"If-None-Match": "ETag"}),
        Ask("/static/style.css"),
        Ask("/static/style.css", repeat={"If-Modified-Since": "Last-Modified"}),
        Ask("/static/style.css", fields={"If-None-Match": '"something else"'}),
        Ask("/static/style.css", fields={"Range": "bytes=3-7"}),
        Ask("/static/style.css", fields={"Range": "bytes=9000-"}),
        Ask("/static/style.css", "HEAD"),
        Ask("/static/style.css", "OPTIONS"),
        Ask("/static/style.css", "POST"),
        Ask("/static/"),
        Ask("/static"),
        Ask("/static/nothing.css"),
        Ask("/static/../app.py"),
        Ask("/static/%2e%2e/app.py"),
    ),
    "contacts": (Ask("/demo"), Ask("/demo", "HEAD"), Ask("/"), Ask("/demo/")),
    "site": (
        Ask("/"),
        *SITE_ELSEWHERE,
        Ask("/", repeat={"If-None-Match": "ETag"}),
        Ask("/about"),
        Ask("/products"),
        Ask("/missing"),
        Ask("/user/ada"),
        Ask("/user/"),
        Ask("/whoami"),
        Ask("/demo2"),
        form("/demo2", "userid=ada&passwd=lovelace"),
        Ask("/whoami"),
        Ask("/whoami", fields={"Accept": "text/plain"}),
        form("/demo2", "userid=J%C3%BCrgen+M&passwd="),
        Ask("/whoami"),
        form("/demo2", "userid=ada"),
        form("/demo2", ""),
        Ask("/logout"),
        Ask("/whoami"),
        Ask("/inspect?a=1&a=2&b=%C3%A4"),
        Ask("/inspect", fields={"X-Lesson": "two", "Authorization": "Basic YWRhOnNlY3JldA=="}),
        Ask("/inspect", fields={"Cookie": "x=1; y=2"}),
        form("/inspect?a=1", "a=2&c=3"),
        upload("/inspect", "file", "one.txt", b"content"),
        Ask("/inspect", "POST", {"Content-Type": "application/json"}, b'{"a": [1, "\xc3\xa4"]}'),
        Ask("/inspect", "PUT", {"Content-Type": "text/plain"}, b"just text"),
        Ask("/inspect", "PATCH"),
        Ask("/json", "POST", {"Content-Type": "application/json"}, b'{"a": 1}'),
        Ask("/json", "POST", {"Content-Type": "application/json"}, b"{"),
        Ask("/json", "POST", {"Content-Type": "text/plain"}, b"{}"),
        Ask("/broken"),
        Ask("/nothing"),
    ),
    "photo_upload": (
        Ask("/"),
        Ask("/photo"),
        upload("/photo", "file", "holiday.png", bytes(range(256)) * 8),
        upload("/photo", "file", "../../etc/passwd", b"root"),
        upload("/photo", "file", "large.zip", b"0123456789abcdef" * 50_000),
        upload("/photo", "other", "x.png", b"x"),
        form("/photo", "file=only-its-name.png"),
        Ask("/photos"),
        Ask("/photos/holiday.png"),
        Ask("/photos/nothing.png"),
    ),
    "file_session": (
        Ask("/lasthere"),
        Ask("/"),
        Ask("/lasthere", changing=r"\d[\d:. -]*"),
        Ask("/forget"),
        Ask("/lasthere"),
    ),
    "chat": (
        Ask("/"),
        Ask("/messages"),
        form("/message", "message=Hello"),
        upload("/message", "file", "x", b"x"),
        form("/message", "message=%3Cscript%3E+%C3%A4+%27%29%3B+DROP+TABLE+messages%3B"),
        Ask("/messages", changing=r"\[\d+"),
        Ask("/messages", "POST", changing=r"\[\d+"),
        Ask("/message"),
        Ask("/static/main.js"),
        Ask("/static/main.js", repeat={"If-None-Match": "ETag"}),
    ),
    "features": (
        *SITE_ELSEWHERE,
        Ask("/?stop=1"),
        Ask("/nothing?stop=1"),
        *(
            Ask(target)
            for target in (
                "/part/",
                "/part",
                "/again/",
                "/part/nested/leaf/5",
                "/part/nested/leaf/10",
                "/part/nothing",
                "/part/abort/404",
                "/part/abort/403",
                "/part/abort/418",
                "/part/static/a.txt",
                "/again/static/a.txt",
            )
        ),
        *(Ask(f"/result/{kind}") for kind in RESULTS),
        *(Ask(f"/result/{kind}", "HEAD") for kind in RESULTS),
        Ask("/json"),
        Ask("/template"),
        Ask("/template-string"),
        Ask("/stream?q=1"),
        Ask("/stream", "HEAD"),
        Ask("/stream-template"),
        *(
            Ask(f"/file/{kind}")
            for kind in ("memory", "attachment", "folder", "outside", "plain", "packed")
        ),
        Ask("/file/memory", fields={"Range": "bytes=2-4"}),
        Ask("/file/folder", fields={"Range": "bytes=-3"}),
        Ask("/file/folder", "HEAD"),
        Ask("/conditional"),
        Ask("/conditional", repeat={"If-None-Match": "ETag"}),
        Ask("/conditional", fields={"If-Modified-Since": "Wed, 01 Jan 2020 00:00:00 GMT"}),
        Ask("/conditional", fields={"Range": "bytes=0-3"}),
        Ask("/cookies"),
        Ask("/unusual"),
        Ask("/unusual", "HEAD"),
        *(Ask(f"/redirect/{code}") for code in (301, 302, 303, 307, 308)),
        Ask("/redirect-outside"),
        Ask("/after"),
        *(
            Ask(f"/fail/{kind}")
            for kind in ("value", "forbidden", "key", "gone", "response", "form", "unauthorized")
        ),
        Ask("/fail/returns-none"),
        Ask("/last-error"),
        *(
            Ask(f"/session/{action}")
            for action in ("get", "set", "get", "flash", "get", "get", "clear", "get")
        ),
        Ask("/async"),
        Ask("/async", "HEAD"),
        Ask("/items/"),
        Ask("/items/", "POST", {"Content-Type": "application/json"}, b"[1]"),
        Ask("/items/3"),
        Ask("/items/3", "DELETE"),
        Ask("/items/3", "PUT"),
        Ask("/items/3", "OPTIONS"),
        Ask("/items"),
        Ask("/method"),
        Ask("/method", "POST"),
        Ask("/pages/"),
        Ask("/pages/1"),
        Ask("/pages/2"),
        Ask("/either"),
        Ask("/either/"),
        Ask("/get", "POST"),
        Ask("/post", "POST", {}, b"data"),
        Ask("/put", "PUT", {}, b"data"),
        Ask("/options", "OPTIONS"),
        Ask("/no-options", "OPTIONS"),
        Ask("/before/a/b/behind"),
        Ask("/before//behind"),
        Ask("/before/a%2Fb%3Fc/behind"),
        form("/form?x=1&x=2", "a=1&a=2&b=%C3%BC&c&=d"),
        upload("/form", "f", "n.txt", b"content"),
        Ask("/form", "POST", {"Content-Type": "multipart/form-data"}, b"x"),
        Ask("/form", "POST", {"Content-Type": "multipart/form-data; boundary=q"}, b"--q\r\nbad"),
        Ask("/form", "POST", {}, b"x=1"),
        Ask("/raw", "POST", {"Content-Type": "text/plain"}, b"0123456789"),
        Ask("/raw", "POST"),
        Ask(
            "/raw",
            "POST",
            {"Transfer-Encoding": "chunked"},
            b"4\r\ndata\r\n5\r\n12345\r\n0\r\n\r\n",
        ),
        Ask("/request?a=%20b&c=%C3%BC"),
        Ask("/request?%zz", fields=MANY_FIELDS),
        Ask("/%E4%BD%A0"),
        Ask("//"),
        Ask("/part//nested/leaf/5?x"),
        Ask("/", "TRACE"),
    ),
}

FIELDS_OF_THE_MOMENT = {"/photos/holiday.png": {"etag", "last-modified"}}
"""A photo was uploaded a moment ago, in each of the runs at another one."""

Start = Callable[[str], AbstractContextManager[Program]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the programs lie: always there, for an ETag has the path in it."""
    return tmp_path_factory.mktemp("lessons")


def starter(folder: Path, *command: str | Path) -> Start:
    """Return what starts a fresh copy of a program with the command."""

    @contextmanager
    def start(name: str) -> Iterator[Program]:
        program = folder / name
        shutil.rmtree(program, ignore_errors=True)
        shutil.copytree(PROGRAMS / name, program, ignore=shutil.ignore_patterns("__pycache__"))
        with started(command, cwd=program, environ={"PORT": "0"}) as running:
            yield running

    return start


@pytest.fixture(scope="module")
def under_flask(folder: Path, flask_python: Path) -> Start:
    """Return what starts a program with Flask itself."""
    return starter(folder, flask_python, "app.py")


@pytest.fixture(scope="module")
def flask_answers(under_flask: Start) -> Callable[[str], list[Answer]]:
    """Return what asks a program under Flask, once."""
    known: dict[str, list[Answer]] = {}

    def answers(name: str) -> list[Answer]:
        if name not in known:
            with under_flask(name) as program:
                known[name] = Browser(program).ask_all(CONVERSATIONS[name])
        return known[name]

    return answers


@pytest.fixture(scope="module", params=["script", "run"])
def as_flask(request: pytest.FixtureRequest, folder: Path, flask_python: Path) -> Start:
    """Return what starts a program with Samovar in Flask's place.

    As a script it runs where Flask is installed (and an extension of it, which imports it);
    with ``samovar run`` where it is not.
    """
    if request.param == "script":
        return starter(folder, flask_python, "-m", "samovar.as_flask", "app.py")
    run = ("-m", "samovar", "run", "--as-flask", "app.py", "--port", "0")
    without_flask = starter(folder, sys.executable, *run)
    with_flask = starter(folder, flask_python, *run)
    return lambda name: (with_flask if name == "file_session" else without_flask)(name)


@pytest.fixture(scope="module")
def carried(folder: Path, flask_python: Path) -> Start:
    """Return what has our server carry Flask itself, as any WSGI application."""
    return starter(folder, flask_python, "-m", "samovar", "run", "app.py", "--port", "0")


def comparable(ask: Ask, answer: Answer) -> Answer:
    """Return the answer without the fields that cannot be equal for this request."""
    momentary = FIELDS_OF_THE_MOMENT.get(ask.target, set())
    return answer._replace(fields=[pair for pair in answer.fields if pair[0] not in momentary])


def compare(name: str, expected: list[Answer], start: Start) -> None:
    """Have the conversation with a program, and compare what it answers."""
    asks = CONVERSATIONS[name]
    with start(name) as program:
        seen = Browser(program).ask_all(asks)
    for ask, theirs, ours in zip(asks, expected, seen, strict=True):
        assert comparable(ask, ours) == comparable(ask, theirs), (ask, program.output)


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_program_answers_as_under_flask(
    name: str, as_flask: Start, flask_answers: Callable[[str], list[Answer]]
) -> None:
    compare(name, flask_answers(name), as_flask)


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_flask_answers_on_our_server_as_on_its_own(
    name: str, carried: Start, flask_answers: Callable[[str], list[Answer]]
) -> None:
    compare(name, flask_answers(name), carried)


def test_upload_is_refused_before_it_is_sent_when_it_is_too_large(
    under_flask: Start, as_flask: Start
) -> None:
    # The length alone is sent: what waits for the rest of it waits in vain.
    ask = Ask("/photo", "POST", {"Content-Length": str(17 * 1024 * 1024)})
    with under_flask("photo_upload") as program:
        expected = Browser(program).ask(ask)
    with as_flask("photo_upload") as program:
        assert Browser(program).ask(ask) == expected
    assert expected.status == 413


def test_session_is_read_by_samovar_where_flask_signed_it(
    under_flask: Start, as_flask: Start
) -> None:
    with under_flask("site") as program:
        browser = Browser(program)
        browser.ask(form("/demo2", "userid=ada&passwd=lovelace"))
    with as_flask("site") as program:
        assert Browser(program, browser.cookies).ask(Ask("/whoami")).body == "ada"


def test_session_is_read_by_flask_where_samovar_signed_it(
    under_flask: Start, as_flask: Start
) -> None:
    with as_flask("site") as program:
        browser = Browser(program)
        browser.ask(form("/demo2", "userid=ada&passwd=lovelace"))
    with under_flask("site") as program:
        assert Browser(program, browser.cookies).ask(Ask("/whoami")).body == "ada"


def test_program_answers_when_it_runs_with_debug_on(folder: Path) -> None:
    start = starter(folder, "env", "DEBUG=1", sys.executable, "-m", "samovar.as_flask", "app.py")
    with start("hello_and_time") as program:
        assert Browser(program).ask(Ask("/time", changing=r"\d[\d:. -]*")).status == 200

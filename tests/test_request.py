"""A request answers the same, whether it was made of an exchange or of its environ."""

from __future__ import annotations

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, RequestTimeout
from werkzeug.routing import Rule

from samovar import App, Request
from samovar.exchange import BodyError
from samovar.server.body import refuse
from tests.support.exchanges import MadeExchange

SKIPPED = {
    "environ": "each has its own, with another request in it",
    "exchange": "only one has it",
    "input_stream": "the file itself, which is compared by reading it",
    "stream": "likewise",
    "data": "likewise",
    "headers": "compared by content",
}
ATTRIBUTES = sorted(
    name
    for name in dir(Request)
    if (not name.startswith("_") and name not in SKIPPED and not callable(getattr(Request, name)))
    or name in ("args", "form", "files", "values", "json", "cookies")
)

TARGETS = st.builds(
    lambda path, query: ("/" + path + query).encode("latin-1"),
    st.text("abcé/%~.;=@ &+", max_size=12).map(
        lambda text: text.replace(" ", "%20").replace("é", "%C3%A9%ff")
    ),
    st.sampled_from(["", "?", "?x=1", "?x=1&x=2&y=%C3%A9", "?a%20b=c+d", "?x=%ff&=&&"]),
) | st.sampled_from([b"http://other.example:81/a?b=c", b"*", b"http://other.example", b"//a//b"])

FIELD_NAMES = st.sampled_from(
    [
        b"accept",
        b"accept-language",
        b"authorization",
        b"cache-control",
        b"cookie",
        b"if-none-match",
        b"origin",
        b"range",
        b"referer",
        b"user-agent",
        b"x-custom",
        b"x_custom",
        b"x-forwarded-for",
    ]
)
FIELD_VALUES = st.sampled_from(
    [
        b"",
        b"*/*",
        b"a=1; b=2",
        b"a=3",
        b"text/html, application/json;q=0.5",
        b"Basic dTpw",
        b'"etag"',
        b"bytes=0-5",
        b"no-cache",
        b"caf\xc3\xa9",
    ]
)
HOSTS = st.sampled_from(
    [[], [(b"host", b"example.org")], [(b"host", b"example.org:8080")], [(b"host", b"b\x8ad")]]
)
BODIES = st.sampled_from(
    [
        (b"", b""),
        (b"application/x-www-form-urlencoded", b"a=1&b=%C3%A9&a=2"),
        (b"application/json", b'{"a": 1}'),
        (b"application/json", b"{"),
        (b"text/plain; charset=utf-8", b"words"),
        (
            b"multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="n.txt"\r\n\r\nhi\r\n'
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n',
        ),
    ]
)


@st.composite
def exchanges(draw: st.DrawFn) -> dict[str, Any]:
    content_type, body = draw(BODIES)
    fields = draw(HOSTS) + draw(st.lists(st.tuples(FIELD_NAMES, FIELD_VALUES), max_size=6))
    if content_type:
        fields.append((b"content-type", content_type))
    length: int | None = len(body)
    if body and draw(st.booleans()):
        fields.append((b"transfer-encoding", b"chunked"))
        length = draw(st.sampled_from([len(body), None]))
    elif body:
        fields.append((b"content-length", str(len(body)).encode()))
    return {
        "target": draw(TARGETS),
        "fields": fields,
        "method": draw(st.sampled_from(["GET", "POST", "PUT"])),
        "body": body,
        "length": length,
        "peer": draw(st.sampled_from([("10.0.0.1", 99), ("::1", 99, 0, 0), ""])),
    }


def plain(value: Any) -> Any:
    """Return a value in a form that can be compared."""
    if isinstance(value, dict) and hasattr(value, "lists"):
        return [
            (key, [(v.filename, v.read()) if hasattr(v, "filename") else v for v in values])
            for key, values in value.lists()
        ]
    if value is None or isinstance(value, (str, bytes, int, tuple, list, dict)):
        return value
    return repr(value)


def answer(request: Any, name: str) -> Any:
    try:
        return plain(getattr(request, name))
    except Exception as error:  # what one raises, the other has to raise
        return type(error)


@given(exchanges(), st.randoms(use_true_random=False))
def test_request_of_an_exchange_equals_that_of_its_environ(
    made: dict[str, Any], order: Any
) -> None:
    names = list(ATTRIBUTES)
    order.shuffle(names)
    with (
        Request.from_exchange(MadeExchange(**made)) as direct,
        Request(MadeExchange(**made).environ()) as by_environ,
    ):
        for name in names:
            assert answer(direct, name) == answer(by_environ, name), name
        assert list(direct.headers) == list(by_environ.headers)
        assert direct.get_data() == by_environ.get_data()


@given(exchanges(), st.sampled_from(["Host", "cookie", "ACCEPT", "X-Custom", "x_custom", "Nope"]))
def test_headers_of_an_exchange_equal_those_of_its_environ(made: dict[str, Any], name: str) -> None:
    direct = Request.from_exchange(MadeExchange(**made)).headers
    by_environ = Request(MadeExchange(**made).environ()).headers
    assert direct.get(name) == by_environ.get(name)
    assert direct.getlist(name) == by_environ.getlist(name)
    assert (name in direct) == (name in by_environ)
    assert len(direct) == len(by_environ)
    assert dict(direct) == dict(by_environ)


def test_headers_of_an_exchange_cannot_be_changed() -> None:
    headers = Request.from_exchange(MadeExchange()).headers
    with pytest.raises(TypeError):
        headers["X"] = "1"
    with pytest.raises(TypeError):
        headers.copy()


def test_request_makes_no_environ_before_it_is_asked() -> None:
    class Shy(MadeExchange):
        def environ(self) -> dict[str, Any]:
            raise AssertionError("nobody asked")

    fields = [(b"host", b"example.org"), (b"cookie", b"a=1"), (b"content-type", b"text/plain")]
    request = Request.from_exchange(Shy(b"/p%20q?x=1", fields, method="POST", body=b"hi", length=2))
    assert request.url == "http://example.org/p%20q?x=1"
    assert request.path == "/p q"
    assert request.args["x"] == "1"
    assert request.cookies["a"] == "1"
    assert request.remote_addr == "127.0.0.1"
    assert request.get_data() == b"hi"
    assert request.mimetype == "text/plain"


def test_request_puts_itself_into_its_environ() -> None:
    request = Request.from_exchange(MadeExchange())
    assert request.environ["werkzeug.request"] is request
    assert request.environ is request.environ


def test_subclass_with_an_init_of_its_own_gets_the_environ() -> None:
    class Own(Request):
        def __init__(self, environ: dict[str, Any], *args: Any, **kwargs: Any) -> None:
            super().__init__(environ, *args, **kwargs)
            self.shout = self.path.upper()

    assert Own.from_exchange(MadeExchange(b"/abc")).shout == "/ABC"


def test_body_over_its_limit_is_refused_when_it_is_read() -> None:
    request = Request.from_exchange(MadeExchange(method="POST", body=b"x" * 100, length=100))
    request.max_content_length = 50
    with pytest.raises(RequestEntityTooLarge):
        request.get_data()


def test_body_of_unknown_length_is_refused_where_it_exceeds_its_limit() -> None:
    request = Request.from_exchange(MadeExchange(method="POST", body=b"x" * 100, length=None))
    request.max_content_length = 50
    assert len(request.stream.read(50)) == 50
    with pytest.raises(RequestEntityTooLarge):
        request.stream.read(1)


def test_body_under_its_limit_is_read() -> None:
    request = Request.from_exchange(MadeExchange(method="POST", body=b"x" * 50, length=50))
    request.max_content_length = 50
    assert len(request.get_data()) == 50


@pytest.mark.parametrize(
    ("status", "exception"), [(408, RequestTimeout), (413, RequestEntityTooLarge)]
)
@pytest.mark.parametrize("limit", [None, 1000])
def test_body_that_will_not_come_raises_what_the_server_says(
    status: int, exception: type[HTTPException], limit: int | None
) -> None:
    exchange = MadeExchange(method="POST", length=None)
    exchange.file = refuse(BodyError(status, "no more"))  # type: ignore[assignment]
    request = Request.from_exchange(exchange)
    request.max_content_length = limit
    with pytest.raises(exception):
        request.get_data()


def test_stream_gives_lines() -> None:
    exchange = MadeExchange(method="POST", length=None)
    exchange.file = io.BufferedReader(io.BytesIO(b"a\nb\n"))  # type: ignore[assignment]
    request = Request.from_exchange(exchange)
    assert request.stream.readline() == b"a\n"
    assert list(request.stream) == [b"b\n"]


def test_limits_come_from_the_app_unless_the_request_has_its_own() -> None:
    app = App(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 7
    with app.test_request_context():
        request = Request.from_exchange(MadeExchange())
        assert request.max_content_length == 7
        request.max_content_length = 9
        assert request.max_content_length == 9
    assert Request.from_exchange(MadeExchange()).max_content_length is None


@pytest.mark.parametrize(
    ("endpoint", "blueprint", "blueprints"),
    [("index", None, []), ("a.index", "a", ["a"]), ("a.b.index", "a.b", ["a.b", "a"])],
)
def test_blueprints_are_the_endpoints_prefixes(
    endpoint: str, blueprint: str | None, blueprints: list[str]
) -> None:
    request = Request.from_exchange(MadeExchange())
    request.url_rule = Rule("/", endpoint=endpoint)
    assert (request.endpoint, request.blueprint) == (endpoint, blueprint)
    assert request.blueprints == blueprints

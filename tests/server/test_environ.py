"""The WSGI environ against PEP 3333 and RFC 9112."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samovar.server.environ import build_environ
from tests.support.exchanges import MadeExchange


def environ_of(request: MadeExchange) -> dict[str, Any]:
    return build_environ(request, server=("0.0.0.0", 5000), multithread=True, multiprocess=False)


def test_every_required_key_is_there() -> None:
    environ = environ_of(MadeExchange(b"/user/7?x=1&y=%20"))

    assert environ["REQUEST_METHOD"] == "GET"
    assert environ["SCRIPT_NAME"] == ""
    assert environ["PATH_INFO"] == "/user/7"
    assert environ["QUERY_STRING"] == "x=1&y=%20"
    assert environ["SERVER_NAME"] == "0.0.0.0"
    assert environ["SERVER_PORT"] == "5000"
    assert environ["SERVER_PROTOCOL"] == "HTTP/1.1"
    assert environ["REQUEST_URI"] == environ["RAW_URI"] == "/user/7?x=1&y=%20"
    assert (environ["REMOTE_ADDR"], environ["REMOTE_PORT"]) == ("127.0.0.1", "40000")
    assert environ["wsgi.version"] == (1, 0)
    assert environ["wsgi.url_scheme"] == "http"
    assert environ["wsgi.multithread"] is True
    assert environ["wsgi.multiprocess"] is False
    assert environ["wsgi.run_once"] is False
    assert environ["wsgi.input_terminated"] is True
    assert environ["wsgi.input"].read() == b""
    assert type(environ) is dict


def test_environs_of_two_requests_share_nothing_that_changes() -> None:
    first = environ_of(MadeExchange())
    first["SCRIPT_NAME"] = "/mounted"
    assert environ_of(MadeExchange())["SCRIPT_NAME"] == ""


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        pytest.param(b"/a%2Fb%20c", "/a/b c", "", id="percent-encoding"),
        pytest.param(b"/caf%C3%A9", "/caf\u00c3\u00a9", "", id="utf-8 shown as latin-1"),
        pytest.param(b"/caf\xc3\xa9", "/caf\u00c3\u00a9", "", id="raw bytes shown as latin-1"),
        pytest.param(b"/100%/%zz", "/100%/%zz", "", id="no percent-encoding"),
        pytest.param(b"/a?b?c=%41", "/a", "b?c=%41", id="query stays encoded"),
        pytest.param(b"//other.example/x", "//other.example/x", "", id="two slashes are a path"),
        pytest.param(b"/..%2f../etc", "/../../etc", "", id="dots are the application's matter"),
        pytest.param(b"http://a.example/p/q?r", "/p/q", "r", id="absolute-form"),
        pytest.param(b"http://a.example", "/", "", id="absolute-form without path"),
        pytest.param(b"http://a.example?r=/", "/", "r=/", id="absolute-form with query only"),
        pytest.param(b"*", "*", "", id="asterisk-form"),
        pytest.param(b"a.example:443", "", "", id="authority-form"),
    ],
)
def test_target_becomes_path_and_query(target: bytes, path: str, query: str) -> None:
    environ = environ_of(MadeExchange(target))
    assert (environ["PATH_INFO"], environ["QUERY_STRING"]) == (path, query)


def test_authority_of_absolute_form_replaces_host() -> None:
    request = MadeExchange(b"http://user:pw@real.example:81/x", [(b"host", b"other.example")])
    assert environ_of(request)["HTTP_HOST"] == "real.example:81"


def test_fields_become_keys_when_named_with_dashes() -> None:
    environ = environ_of(
        MadeExchange(
            fields=[
                (b"host", b"a.example"),
                (b"content-type", b"text/plain"),
                (b"content-length", b"3"),
                (b"x-caf", b"\xe9"),
            ],
            length=3,
        )
    )
    assert environ["HTTP_HOST"] == "a.example"
    assert environ["CONTENT_TYPE"] == "text/plain"
    assert environ["CONTENT_LENGTH"] == "3"
    assert environ["HTTP_X_CAF"] == "\u00e9"
    assert "HTTP_CONTENT_TYPE" not in environ


def test_field_is_left_out_when_its_name_has_an_underscore() -> None:
    environ = environ_of(
        MadeExchange(fields=[(b"x_forwarded_for", b"forged"), (b"x-forwarded-for", b"10.0.0.1")])
    )
    assert environ["HTTP_X_FORWARDED_FOR"] == "10.0.0.1"


def test_repeated_fields_are_joined_in_order() -> None:
    environ = environ_of(
        MadeExchange(
            fields=[
                (b"accept", b"text/html"),
                (b"cookie", b"a=1"),
                (b"accept", b"text/plain"),
                (b"cookie", b"b=2"),
            ]
        )
    )
    assert environ["HTTP_ACCEPT"] == "text/html,text/plain"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"


def test_chunked_body_shows_its_length_when_it_was_collected() -> None:
    environ = environ_of(MadeExchange(fields=[(b"transfer-encoding", b"chunked")], length=12))
    assert environ["CONTENT_LENGTH"] == "12"
    assert "HTTP_TRANSFER_ENCODING" not in environ


def test_chunked_body_shows_its_coding_when_it_still_arrives() -> None:
    environ = environ_of(MadeExchange(fields=[(b"transfer-encoding", b"chunked")], length=None))
    assert "CONTENT_LENGTH" not in environ
    assert environ["HTTP_TRANSFER_ENCODING"] == "chunked"


def test_unix_peer_has_no_port() -> None:
    environ = environ_of(MadeExchange(peer=""))
    assert environ["REMOTE_ADDR"] == ""
    assert "REMOTE_PORT" not in environ


@given(
    st.binary(),
    st.lists(st.tuples(st.binary(min_size=1).map(bytes.lower), st.binary()), max_size=5),
)
def test_environ_holds_native_strings_whatever_arrives(
    target: bytes, fields: list[tuple[bytes, bytes]]
) -> None:
    environ = environ_of(MadeExchange(target, fields))
    for key, value in environ.items():
        if "." not in key:
            assert type(value) is str
            value.encode("latin-1")
    path = environ["PATH_INFO"]
    assert path == "" or path.startswith("/")

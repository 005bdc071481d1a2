"""What proxies say about a request, and what of it counts."""

from __future__ import annotations

import pytest

from samovar.server import Settings
from samovar.server.forwarded import Malformed, Origin, Proxies, parse_forwarded, with_port

INNER = ("10.0.0.0/8", "::1", "127.0.0.1")


def origin(*fields: tuple[str, str], kinds: tuple[str, ...] = ()) -> Origin:
    return Proxies(INNER, kinds).origin([(n.encode(), v.encode()) for n, v in fields])


@pytest.mark.parametrize(
    ("trusted", "peer", "counts"),
    [
        (("127.0.0.1",), ("127.0.0.1", 1), True),
        (("127.0.0.1",), ("::ffff:127.0.0.1", 1, 0, 0), True),
        (("127.0.0.1",), ("127.0.0.2", 1), False),
        (("10.0.0.0/8",), ("10.200.3.4", 1), True),
        (("fe80::/10",), ("fe80::1%eth0", 1, 0, 2), True),
        (("127.0.0.1",), "", False),
        (("unix",), "", True),
        (("unix",), ("127.0.0.1", 1), False),
        ((), ("127.0.0.1", 1), False),
        ((), "", False),
    ],
)
def test_word_counts_of_those_who_are_named(
    trusted: tuple[str, ...], peer: tuple[str, int] | str, counts: bool
) -> None:
    assert Proxies(trusted).trusts(peer) is counts


@pytest.mark.parametrize(
    ("lines", "client"),
    [
        (["203.0.113.7"], "203.0.113.7"),
        (["198.51.100.1, 203.0.113.7"], "203.0.113.7"),  # the left one is the client's invention
        (["198.51.100.1, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
        (["198.51.100.1", "203.0.113.7", "10.0.0.2"], "203.0.113.7"),
        (["10.0.0.9, 10.0.0.2"], "10.0.0.9"),  # made by a proxy itself
        (["203.0.113.7:4711"], "203.0.113.7"),
        (["2001:db8::1"], "2001:db8::1"),
        (["[2001:db8::1]:80"], "2001:db8::1"),
        (["::ffff:203.0.113.7"], "203.0.113.7"),
        (["203.0.113.7, unknown, 10.0.0.2"], "10.0.0.2"),
        (["127.0.0.1, nonsense"], None),
        ([""], None),
    ],
)
def test_client_is_the_rightmost_address_that_is_not_trusted(
    lines: list[str], client: str | None
) -> None:
    assert origin(*(("x-forwarded-for", line) for line in lines)).client == client


def test_what_was_said_is_taken_from_the_proxy_that_met_the_client() -> None:
    found = origin(
        ("x-forwarded-for", "203.0.113.7, 10.0.0.2"),
        ("x-forwarded-host", "evil.example, shop.example, inner.example"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-port", "8443, 8000"),
        ("x-forwarded-prefix", "/shop/"),
    )
    assert found == Origin("203.0.113.7", "https", b"shop.example", b"8443", "/shop")


def test_last_word_counts_where_no_address_was_said() -> None:
    assert origin(("x-forwarded-proto", "http, https")).scheme == "https"


@pytest.mark.parametrize("name", ["x_forwarded_for", "x-forwarded_for", "x_forwarded-for"])
def test_name_with_an_underscore_never_counts(name: str) -> None:
    assert origin((name, "203.0.113.7")) == Origin()


@pytest.mark.parametrize("prefix", ["//evil.example", "shop", "/a/../b", "/a//b", "/a b", "/."])
def test_prefix_that_could_lead_elsewhere_does_not_count(prefix: str) -> None:
    assert origin(("x-forwarded-prefix", prefix)).prefix == ""


@pytest.mark.parametrize(("said", "scheme"), [("HTTPS", "https"), ("wss", "https"), ("ftp", None)])
def test_scheme_is_one_of_two(said: str, scheme: str | None) -> None:
    assert origin(("x-forwarded-proto", said)).scheme == scheme


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("for=203.0.113.7;proto=https;host=shop.example", ("203.0.113.7", "https", "shop.example")),
        ('For="[2001:db8::1]:80" ; PROTO=http', ("2001:db8::1", "http", None)),
        (
            "for=1.1.1.1;host=evil, for=203.0.113.7;host=good, for=10.0.0.1;host=inner",
            ("203.0.113.7", None, "good"),
        ),
        ("for=_hidden, for=10.0.0.1;proto=https", ("10.0.0.1", "https", None)),
        ("for=unknown", (None, None, None)),
        ("", (None, None, None)),
        (",for=203.0.113.7", ("203.0.113.7", None, None)),
    ],
)
def test_standard_field_is_read_from_the_right(
    value: str, found: tuple[str | None, str | None, str | None]
) -> None:
    client, scheme, host = found
    expected = Origin(client, scheme, host.encode() if host else None)
    assert origin(("forwarded", value)) == expected


@pytest.mark.parametrize(
    "value", ['for="1.1.1.1', "for=", "for=a b", "for=1.1.1.1;for=2.2.2.2", "=x", "for=[::1]"]
)
def test_malformed_standard_field_is_refused(value: str) -> None:
    with pytest.raises(Malformed):
        origin(("forwarded", value + ", for=203.0.113.7"))


def test_quoted_text_keeps_its_commas() -> None:
    assert parse_forwarded(rb'for="a,\"b";by=c') == [{b"for": b'a,"b', b"by": b"c"}]


def test_customs_go_before_the_standard_unless_told_otherwise() -> None:
    fields = (("x-forwarded-for", "203.0.113.7"), ("forwarded", "for=198.51.100.1;proto=https"))
    assert origin(*fields) == Origin("203.0.113.7")
    assert origin(*fields, kinds=("forwarded",)) == Origin("198.51.100.1", "https")
    assert origin(*fields[1:], kinds=("for",)) == Origin()


def test_only_what_was_chosen_counts() -> None:
    fields = (("x-forwarded-for", "203.0.113.7"), ("x-forwarded-host", "evil.example"))
    assert origin(*fields, kinds=("for", "proto")) == Origin("203.0.113.7")


@pytest.mark.parametrize(
    ("host", "port", "scheme", "expected"),
    [
        (b"a", b"8443", "https", b"a:8443"),
        (b"a:1", b"443", "https", b"a"),
        (b"[::1]:1", b"8080", "http", b"[::1]:8080"),
        (b"a", b"80", "http", b"a"),
    ],
)
def test_port_is_shown_unless_it_is_the_usual_one(
    host: bytes, port: bytes, scheme: str, expected: bytes
) -> None:
    assert with_port(host, port, scheme) == expected


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"trusted_proxies": ("*",)}, "write for instance 127.0.0.1"),
        ({"trusted_proxies": "127.0.0.1"}, "must be a tuple"),
        ({"proxy_fields": ("scheme",)}, "choose from for, proto"),
        ({"proxy_fields": ("forwarded", "for")}, "alone"),
    ],
)
def test_setting_that_means_nothing_is_refused(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Settings(**settings)  # type: ignore[arg-type]  # that is what is tested

"""The route index always says what Werkzeug's map says, or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import BaseConverter, Rule, ValidationError
from werkzeug.routing import Map as WerkzeugMap
from werkzeug.routing.exceptions import RequestRedirect

from samovar.routing import Map, RouteIndex


class EvenConverter(BaseConverter):
    """A converter of a program's own, which refuses some of what its expression matches."""

    regex = r"\d+"

    def to_python(self, value: str) -> int:
        if int(value) % 2:
            raise ValidationError
        return int(value)


class ListConverter(BaseConverter):
    """A converter that takes slashes."""

    regex = r"[a-z]+(?:/[a-z]+)*"
    part_isolating = False

    def to_python(self, value: str) -> list[str]:
        return value.split("/")


METHODS = ("GET", "POST", "PUT", "HEAD", "OPTIONS")
WORDS = ("a", "b", "user", "7", "12", "x.y", "é", "A b", "-3", "1.5", "true", "²", "٣", "1\n")
CONVERTERS = (
    "<{name}>",
    "<string(length=2):{name}>",
    "<string(minlength=2, maxlength=3):{name}>",
    "<int:{name}>",
    "<int(signed=True):{name}>",
    "<int(fixed_digits=2):{name}>",
    "<int(min=5, max=10):{name}>",
    "<float:{name}>",
    "<any(a, b, user):{name}>",
    "<uuid:{name}>",
    "<path:{name}>",
    "<even:{name}>",
    "<list:{name}>",
    "v<int:{name}>",
    "<{name}>.<int:{name}_more>",
)
RULE_WORDS = st.sampled_from(["a", "b", "user", "7", "x.y", "é"])


@st.composite
def rule_paths(draw: st.DrawFn) -> str:
    parts = []
    for number in range(draw(st.integers(0, 3))):
        if draw(st.booleans()):
            parts.append(draw(RULE_WORDS))
        else:
            parts.append(draw(st.sampled_from(CONVERTERS)).format(name=f"v{number}"))
    doubled = draw(st.sampled_from(["/", "/", "/", "//"]))
    return "/" + doubled.join(parts) + draw(st.sampled_from(["", "/"]))


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    options: dict[str, Any] = {
        "string": draw(rule_paths()),
        "endpoint": draw(st.sampled_from(["one", "two", "three"])),
        "methods": draw(st.none() | st.sets(st.sampled_from(METHODS[:3]), min_size=1)),
    }
    if draw(st.integers(0, 4)) == 0:
        options["defaults"] = draw(st.sampled_from([{"v0": 7}, {"page": 1}, {"v0": "a"}]))
    odd = draw(st.integers(0, 9))
    if odd == 0:
        options["redirect_to"] = "/elsewhere"
    elif odd == 1:
        options["alias"] = True
    elif odd == 2:
        options["websocket"] = True
        options["methods"] = draw(st.sampled_from([None, {"GET"}]))
    elif odd == 3:
        options["build_only"] = True
    elif odd == 4:
        options["subdomain"] = draw(st.sampled_from(["", "api", "<sub>"]))
    options["strict_slashes"] = draw(st.sampled_from([None, True, False]))
    options["merge_slashes"] = draw(st.sampled_from([None, True, False]))
    return options


@st.composite
def maps(draw: st.DrawFn) -> Map:
    url_map = Map(
        strict_slashes=draw(st.booleans()),
        merge_slashes=draw(st.booleans()),
        redirect_defaults=draw(st.booleans()),
        converters={"even": EvenConverter, "list": ListConverter},
    )
    for options in draw(st.lists(rules(), min_size=1, max_size=6)):
        try:
            url_map.add(Rule(**options))
        except (ValueError, TypeError, LookupError):
            # A rule that Werkzeug refuses.
            continue
    return url_map


PATHS = st.builds(
    lambda parts, slash, end: "/" + slash.join(parts) + end,
    st.lists(st.sampled_from(WORDS) | st.just(""), max_size=4),
    st.sampled_from(["/", "/", "/", "//"]),
    st.sampled_from(["", "/", "//"]),
)


def outcome(url_map: WerkzeugMap, path: str, method: str) -> Any:
    """Return what the map says: a rule and its values, or the exception."""
    adapter = url_map.bind("example.org", subdomain="", path_info=path, default_method=method)
    try:
        rule, values = adapter.match(return_rule=True)
    except RequestRedirect as error:
        return ("redirect", error.new_url)
    except HTTPException as error:
        return (type(error), getattr(error, "valid_methods", None))
    return rule, dict(values)


@given(maps(), st.lists(PATHS, min_size=1, max_size=8), st.sampled_from(METHODS))
def test_index_agrees_with_the_map(url_map: Map, paths: list[str], method: str) -> None:
    index = RouteIndex(url_map)
    for path in paths:
        found = index.find(path, method)
        if found is not None:
            route, arguments = found
            assert (route.rule, arguments) == outcome(url_map, path, method)
            assert route.rule is outcome(url_map, path, method)[0]
        if index.lacks(path):
            assert outcome(url_map, path, method)[0] is NotFound


@given(maps())
def test_literal_routes_agree_with_the_map(url_map: Map) -> None:
    for path, by_method in RouteIndex(url_map).literal.items():
        for method, route in by_method.items():
            assert (route.rule, {}) == outcome(url_map, path.decode(), method)


@given(maps())
def test_numbered_routes_agree_with_the_map(url_map: Map) -> None:
    for prefix, by_method in RouteIndex(url_map).numbered.items():
        for digits in ("7", "12", "007"):
            path = f"{prefix.decode()}/{digits}"
            for method, (route, name) in by_method.items():
                assert (route.rule, {name: int(digits)}) == outcome(url_map, path, method)


@given(maps(), PATHS, st.sampled_from(METHODS))
def test_index_asks_a_programs_converters_in_a_context_only(
    url_map: Map, path: str, method: str
) -> None:
    found = RouteIndex(url_map).find(path, method, in_context=False)
    if found is not None:
        converters = found[0].rule._converters.values()
        assert not any(type(one) in (EvenConverter, ListConverter) for one in converters)


@pytest.mark.parametrize(
    ("path", "rule", "arguments"),
    [
        ("/", "/", {}),
        ("/user/7", "/user/<int:id>", {"id": 7}),
        ("/user/me", "/user/<name>", {"name": "me"}),
        ("/files/a/b.txt", "/files/<path:name>", {"name": "a/b.txt"}),
        ("/list/", "/list/", {}),
        ("/page", "/page", {"number": 1}),
    ],
)
def test_index_finds_ordinary_routes_itself(path: str, rule: str, arguments: Any) -> None:
    url_map = Map(
        [
            Rule("/", endpoint="index"),
            Rule("/user/<int:id>", endpoint="by id"),
            Rule("/user/<name>", endpoint="by name"),
            Rule("/files/<path:name>", endpoint="files"),
            Rule("/list/", endpoint="list"),
            Rule("/page", endpoint="page", defaults={"number": 1}),
        ]
    )
    found = RouteIndex(url_map).find(path, "GET")
    assert found is not None
    assert (found[0].rule.rule, found[1]) == (rule, arguments)


@pytest.mark.parametrize(
    ("path", "method"),
    [("/list", "GET"), ("/nowhere", "GET"), ("/list/", "PUT"), ("//list/", "GET")],
)
def test_index_leaves_redirects_and_errors_to_the_map(path: str, method: str) -> None:
    url_map = Map([Rule("/list/", endpoint="list", methods=["GET"])])
    assert RouteIndex(url_map).find(path, method) is None


@pytest.mark.parametrize(
    ("path", "lacked"),
    [
        ("/wp-login.php", True),
        ("/list/.env", True),
        ("/about/", False),
        ("/list", False),
        ("/user/unknown", False),
        ("//list", False),
    ],
)
def test_index_knows_paths_that_no_rule_comes_near(path: str, lacked: bool) -> None:
    rules = [
        Rule("/list/", endpoint="list"),
        Rule("/about", endpoint="about"),
        Rule("/user/<int:id>", endpoint="user"),
    ]
    assert RouteIndex(Map(rules)).lacks(path) is lacked


def test_index_finds_nothing_in_a_map_with_host_matching() -> None:
    url_map = Map([Rule("/", endpoint="index", host="example.org")], host_matching=True)
    index = RouteIndex(url_map)
    assert not index.decides
    assert index.find("/", "GET") is None


def test_index_finds_nothing_in_a_map_that_cannot_say_when_it_changes() -> None:
    index = RouteIndex(WerkzeugMap([Rule("/", endpoint="index")]))
    assert not index.decides
    assert index.literal == {}


def test_map_says_when_it_changes() -> None:
    url_map = Map()
    before = url_map.revision
    url_map.add(Rule("/", endpoint="index"))
    added = url_map.revision
    url_map.redirect_defaults = False
    changed = url_map.revision
    url_map.update()
    assert before != added != changed
    assert url_map.revision == changed

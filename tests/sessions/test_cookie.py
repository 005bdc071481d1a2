"""Sessions in signed cookies: opening, saving, signing."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from itsdangerous import Signer, URLSafeTimedSerializer
from markupsafe import Markup

from samovar import App, Response, g, session
from samovar.json.tag import TaggedJSONSerializer
from samovar.sessions import SecureCookieSession, SecureCookieSessionInterface
from samovar.testing import FlaskClient
from tests.support.session_views import add_session_views


@pytest.fixture
def app() -> App:
    app = App(__name__)
    app.secret_key = "not so secret"
    add_session_views(app)

    @app.get("/plain")
    def plain() -> str:
        return ""

    return app


@pytest.fixture
def client(app: App) -> FlaskClient:
    return app.test_client()


def itsdangerous_alone(key: str = "not so secret") -> URLSafeTimedSerializer:
    """Read and write cookies as the documentation of the format says: nothing of ours but tags."""
    return URLSafeTimedSerializer(
        key,
        salt="cookie-session",
        serializer=TaggedJSONSerializer(),
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha1},
    )


def test_value_comes_back_with_the_next_request(client: FlaskClient) -> None:
    response = client.get("/set/7")
    assert response.headers["Vary"] == "Cookie"
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("session=")
    assert cookie.endswith("; HttpOnly; Path=/")
    response = client.get("/get")
    assert response.text == "7"
    assert response.headers["Vary"] == "Cookie"
    assert "Set-Cookie" not in response.headers


def test_untouched_session_leaves_no_trace(client: FlaskClient) -> None:
    client.get("/set/7")
    response = client.get("/plain")
    assert "Vary" not in response.headers
    assert "Set-Cookie" not in response.headers


def test_cookie_is_deleted_when_the_session_is_emptied(client: FlaskClient) -> None:
    client.get("/set/7")
    assert "Expires=Thu, 01 Jan 1970" in client.get("/clear").headers["Set-Cookie"]
    assert client.get("/get").text == "None"


def test_every_type_of_a_tag_survives(client: FlaskClient, app: App) -> None:
    value: dict[str, Any] = {
        "t": (1, 2),
        "b": b"\xff",
        "m": Markup("<b>"),
        "u": UUID(int=3),
        "d": datetime(2026, 1, 2, tzinfo=UTC),
        "l": [(1,), {"n": None}],
        "di": {" t": "not a tag"},
    }
    seen: dict[str, Any] = {}

    @app.get("/all")
    def set_all() -> str:
        session.update(value)
        return ""

    @app.get("/see")
    def see() -> str:
        seen.update(session)
        return ""

    client.get("/all")
    client.get("/see")
    assert seen == value
    assert isinstance(seen["t"], tuple)


@pytest.mark.parametrize("size", [0, 10, 500, 3000])
def test_cookie_is_readable_with_itsdangerous_alone(app: App, size: int) -> None:
    content = {"text": "ab" * size, "pair": (1, 2)}
    signing = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signing is not None
    cookie = signing.dumps(content)
    assert itsdangerous_alone().loads(cookie) == content
    assert signing.loads(itsdangerous_alone().dumps(content)) == content
    # Compressed where that is shorter, as itsdangerous does it.
    assert cookie.startswith(".") == itsdangerous_alone().dumps(content).startswith(".")


@pytest.mark.parametrize(
    "value",
    ["nonsense", "e30.aaaaaa.bbbbbb", itsdangerous_alone("another key").dumps({"value": 1})],
)
def test_cookie_that_is_not_ours_is_ignored(client: FlaskClient, value: str) -> None:
    client.set_cookie("session", value)
    response = client.get("/get")
    assert (response.status_code, response.text) == (200, "None")


def test_cookie_that_we_signed_without_a_time_is_ignored(client: FlaskClient) -> None:
    timeless = Signer(
        "not so secret", salt="cookie-session", key_derivation="hmac", digest_method=hashlib.sha1
    )
    for value in (b"eyJ2YWx1ZSI6InkifQ", b"eyJ2YWx1ZSI6InkifQ.!"):
        client.set_cookie("session", timeless.sign(value).decode())
        assert client.get("/get").text == "None"


def test_cookie_is_ignored_when_it_is_too_old(client: FlaskClient, app: App) -> None:
    client.get("/set/7")
    app.permanent_session_lifetime = timedelta(seconds=-1)
    assert client.get("/get").text == "None"


def test_fallback_keys_read_and_the_secret_key_writes(client: FlaskClient, app: App) -> None:
    client.get("/set/7")
    app.secret_key = "new"
    assert client.get("/get").text == "None"
    app.config["SECRET_KEY_FALLBACKS"] = ["older", "not so secret"]
    assert client.get("/get").text == "7"
    client.get("/set/8")
    app.config["SECRET_KEY_FALLBACKS"] = None
    assert client.get("/get").text == "8"


def test_serializer_is_kept_until_a_setting_changes(app: App) -> None:
    interface = SecureCookieSessionInterface()
    first = interface.get_signing_serializer(app)
    assert interface.get_signing_serializer(app) is first
    interface.salt = "other"
    second = interface.get_signing_serializer(app)
    assert second is not first
    interface.serializer = TaggedJSONSerializer()
    assert interface.get_signing_serializer(app) is not second


def test_serializers_of_two_apps_differ_when_they_share_an_interface(app: App) -> None:
    other = App(__name__)
    other.secret_key = "other"
    interface = SecureCookieSessionInterface()
    for _ in range(2):
        for each in (app, other):
            signing = interface.get_signing_serializer(each)
            assert signing is not None
            assert signing.secret_key == str(each.secret_key).encode()


def test_permanent_session_is_refreshed_with_each_request(client: FlaskClient, app: App) -> None:
    @app.get("/permanent")
    def permanent() -> str:
        session.permanent = True
        return ""

    assert "Expires=" in client.get("/permanent").headers["Set-Cookie"]
    assert "Expires=" in client.get("/get").headers["Set-Cookie"]
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    assert "Set-Cookie" not in client.get("/get").headers


@pytest.mark.parametrize("size", [1, 500], ids=["short", "compressed"])
def test_permanent_session_that_no_view_opens_is_refreshed(app: App, size: int) -> None:
    content = {"_permanent": True, "value": "x" * size}
    interface = SecureCookieSessionInterface()
    value = itsdangerous_alone().dumps(content).encode()
    assert interface.unopened_matters(app, [b"other=1; session=" + value])
    client = app.test_client()
    client.set_cookie("session", value.decode())
    assert "Expires=" in client.get("/plain").headers["Set-Cookie"]


@pytest.mark.parametrize(
    "cookie",
    [
        b"other=1; another_session=x",
        b"session=" + itsdangerous_alone().dumps({"value": "x"}).encode(),
        b"session=" + itsdangerous_alone().dumps({"value": "x" * 500}).encode(),
    ],
    ids=["other cookies", "short", "compressed"],
)
def test_session_that_is_not_permanent_is_not_opened(app: App, cookie: bytes) -> None:
    assert not SecureCookieSessionInterface().unopened_matters(app, [cookie])


@pytest.mark.parametrize("value", [b"", b"a", b"\xff.x.y", b".AAAA.x.y", b'"quoted"'])
def test_cookie_that_is_not_understood_has_its_session_opened(app: App, value: bytes) -> None:
    interface = SecureCookieSessionInterface()
    assert interface.unopened_matters(app, [b"session=" + value])
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    assert not interface.unopened_matters(app, [b"session=" + value])


def test_program_with_its_own_format_has_its_sessions_opened(app: App) -> None:
    interface = SecureCookieSessionInterface()
    interface.serializer = json
    value = itsdangerous_alone().dumps({"value": "x"}).encode()
    assert interface.unopened_matters(app, [b"session=" + value])


def test_vary_is_completed_and_not_repeated(app: App) -> None:
    @app.get("/vary/<value>")
    def vary(value: str) -> Response:
        session["value"] = value
        return Response("", headers={"Vary": value})

    client = app.test_client()
    assert client.get("/vary/Accept").headers.getlist("Vary") == ["Accept, Cookie"]
    assert client.get("/vary/cookie").headers.getlist("Vary") == ["cookie"]
    assert client.get("/set/1").headers.getlist("Vary") == ["Cookie"]


def test_cookie_attributes_follow_the_config(client: FlaskClient, app: App) -> None:
    app.config.update(
        SESSION_COOKIE_NAME="sid",
        SESSION_COOKIE_DOMAIN="localhost",
        SESSION_COOKIE_PATH="/set",
        SESSION_COOKIE_HTTPONLY=False,
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_PARTITIONED=True,
    )
    cookie = client.get("/set/7").headers["Set-Cookie"]
    value, *attributes = cookie.split("; ")
    assert value.startswith("sid=")
    assert sorted(attributes) == [
        "Domain=localhost",
        "Partitioned",
        "Path=/set",
        "SameSite=Strict",
        "Secure",
    ]


def test_writing_says_how_to_set_a_key_when_there_is_none(app: App) -> None:
    app.secret_key = None
    with app.test_request_context():
        assert session.get("missing") is None
        assert not session.modified
        for write in (session.clear, lambda: session.update(a=1), lambda: session.pop("a")):
            with pytest.raises(RuntimeError, match="no secret key was set.*app.secret_key ="):
                write()


def test_change_inside_of_a_value_is_seen_when_modified_is_set(
    client: FlaskClient, app: App
) -> None:
    @app.get("/append")
    def append() -> str:
        items = session.setdefault("items", [])
        session.modified = False
        items.append(1)
        session.modified = True
        return str(len(session["items"]))

    client.get("/append")
    assert client.get("/append").text == "2"


def test_session_is_opened_by_a_replaced_interface_before_the_view(app: App) -> None:
    class Opening(SecureCookieSessionInterface):
        def open_session(self, app: Any, request: Any) -> SecureCookieSession | None:
            g.opened = True
            return super().open_session(app, request)

    app.session_interface = Opening()

    @app.get("/opened")
    def opened() -> str:
        return str(g.get("opened"))

    assert app.test_client().get("/opened").text == "True"

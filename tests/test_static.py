"""Files as responses."""

from __future__ import annotations

import io
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import pytest
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from samovar import App, send_file, send_from_directory
from tests.support.serving import Running, running


@pytest.fixture
def app(tmp_path: Path) -> App:
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "page.html").write_text("<h1>Hello</h1>")
    (tmp_path / "secret.txt").write_text("secret")
    return App(__name__, root_path=str(tmp_path), static_folder="static")


def test_path_starts_from_the_apps_folder(app: App) -> None:
    with app.test_request_context():
        response = send_file("static/page.html")
        response.direct_passthrough = False
        assert response.get_data() == b"<h1>Hello</h1>"
        assert response.mimetype == "text/html"
        assert response.cache_control.no_cache
        assert response.last_modified is not None
        assert response.get_etag()[0]
        response.close()


def test_file_object_needs_a_type_or_a_name(app: App) -> None:
    with app.test_request_context():
        with pytest.raises(TypeError, match="download_name"):
            send_file(io.BytesIO(b"x"))
        with pytest.raises(ValueError):
            send_file(io.StringIO("x"), mimetype="text/plain")  # type: ignore[arg-type] # the point
        response = send_file(io.BytesIO(b"x"), download_name="x.png", as_attachment=True)
        assert response.mimetype == "image/png"
        assert response.headers["Content-Disposition"] == "attachment; filename=x.png"
        response.close()


def test_request_for_a_part_or_an_update_is_honoured(app: App) -> None:
    client = app.test_client()

    def fetch(**fields: str) -> Response:
        with client.get("/static/page.html", headers=fields) as response:
            response.get_data()
            return response

    whole = fetch()
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = fetch(Range="bytes=4-8")
    assert (part.status_code, part.data) == (206, b"Hello")
    assert part.headers["Content-Range"] == "bytes 4-8/14"
    unchanged = fetch(**{"If-None-Match": whole.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")


def test_part_beyond_the_end_is_refused(app: App) -> None:
    response = app.test_client().get("/static/page.html", headers={"Range": "bytes=99-"})
    assert response.status_code == 416


def test_head_has_the_fields_of_get(app: App) -> None:
    with app.test_client().head("/static/page.html") as response:
        assert (response.data, response.content_length) == (b"", 14)


class Fetched(NamedTuple):
    status: int
    fields: list[tuple[str, str]]
    body: bytes


def fetch(server: Running, method: str = "GET", **fields: str) -> Fetched:
    connection = HTTPConnection("127.0.0.1", server.port)
    names = {name.replace("_", "-"): value for name, value in fields.items()}
    connection.request(method, "/static/page.html", headers=names)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    kept = [(name, value) for name, value in response.getheaders() if name != "Date"]
    return Fetched(response.status, kept, body)


def test_remembered_answer_equals_the_first_one(app: App) -> None:
    with running(app) as server:
        first = fetch(server)
        assert (first.status, first.body) == (200, b"<h1>Hello</h1>")
        assert fetch(server) == first
        assert fetch(server, "HEAD") == first._replace(body=b"")
        tag = dict(first.fields)["ETag"]
        assert fetch(server, If_None_Match=tag).status == 304
        assert fetch(server, Range="bytes=4-8").body == b"Hello"
        assert fetch(server, If_None_Match='"another"') == first


def test_remembered_answer_is_given_up_when_something_changes(app: App, tmp_path: Path) -> None:
    page = tmp_path / "static" / "page.html"
    with running(app) as server:
        first = fetch(server)
        page.write_text("<h1>Goodbye</h1>")
        second = fetch(server)
        assert second.body == b"<h1>Goodbye</h1>"
        assert dict(second.fields)["ETag"] != dict(first.fields)["ETag"]
        app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 60
        assert "max-age=60" in dict(fetch(server).fields)["Cache-Control"]
        app.config["SEND_FILE_MAX_AGE_DEFAULT"] = None
        assert fetch(server) == second
        page.unlink()
        assert fetch(server).status == 404


def test_remembered_answer_can_be_read_and_changed_by_a_hook(app: App) -> None:
    @app.after_request
    def shout(response: Response) -> Response:
        response.direct_passthrough = False
        response.set_data(response.get_data().upper())
        return response

    with running(app) as server:
        assert [fetch(server).body, fetch(server).body] == [b"<H1>HELLO</H1>"] * 2


@pytest.mark.parametrize(
    "path",
    [
        "../secret.txt",
        "..%2fsecret.txt",
        "%2e%2e/secret.txt",
        "missing",
        "",
        "a/..%2f../secret.txt",
    ],
)
def test_nothing_outside_of_the_folder_is_found(app: App, path: str) -> None:
    assert app.test_client().get(f"/static/{path}").status_code == 404


def test_directory_starts_from_the_apps_folder(app: App) -> None:
    with app.test_request_context():
        send_from_directory("static", "page.html", as_attachment=True).close()
        with pytest.raises(NotFound):
            send_from_directory("static", "../secret.txt")


@pytest.mark.parametrize("age", [3600, timedelta(hours=1)])
def test_max_age_follows_the_config(app: App, age: int | timedelta) -> None:
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = age
    response = app.test_client().get("/static/page.html")
    assert response.cache_control.max_age == 3600
    assert response.cache_control.public
    response.close()


def test_max_age_of_an_overriding_app_is_used() -> None:
    class Own(App):
        def get_send_file_max_age(self, filename: str | None) -> int | None:
            return 7 if str(filename).endswith(".py") else None

    app = Own(__name__)
    with app.test_request_context():
        response = send_file(__file__)
        assert response.cache_control.max_age == 7
        response.close()
        response = send_file(__file__, max_age=9)
        assert response.cache_control.max_age == 9
        response.close()


def test_server_is_told_the_path_when_it_sends_files_itself(app: App) -> None:
    app.config["USE_X_SENDFILE"] = True
    response = app.test_client().get("/static/page.html")
    assert response.headers["X-Sendfile"].endswith("/static/page.html")
    assert response.data == b""

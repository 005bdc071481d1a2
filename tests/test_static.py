"""Files as responses."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from samovar import App, Blueprint, fingerprints, send_file, send_from_directory, url_for
from samovar.files import known
from samovar.fingerprints import fingerprint
from samovar.server.wsgi import WSGIHandler
from tests.support.http_client import Client
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


@pytest.fixture(params=["our server", "WSGI"])
def served(app: App, request: pytest.FixtureRequest) -> Iterator[Client]:
    """Return a client of the app: through its own door, and through WSGI."""
    application = app if request.param == "our server" else WSGIHandler(app)
    with running(application) as server, Client(server.connect()) as client:
        yield client


LONG_AGO = 1_700_000_000


def write(path: Path, content: bytes, mtime: int = LONG_AGO) -> None:
    path.write_bytes(content)
    os.utime(path, (mtime, mtime))


def test_several_parts_are_sent_when_asked_for(served: Client) -> None:
    reply = served.get("/static/page.html", "Range: bytes=4-5,7-8\r\n")
    assert reply.status == 206
    assert reply.fields["content-type"].startswith("multipart/byteranges; boundary=")
    assert b"\r\n\r\nHe\r\n" in reply.body
    assert b"\r\n\r\nlo\r\n" in reply.body
    assert b"Content-Range: bytes 7-8/14\r\n" in reply.body


def test_part_is_sent_of_the_very_state_that_the_client_has(served: Client) -> None:
    etag = served.get("/static/page.html").fields["etag"]
    part = served.get("/static/page.html", f"Range: bytes=4-8\r\nIf-Range: {etag}\r\n")
    assert (part.status, part.body) == (206, b"Hello")
    whole = served.get("/static/page.html", 'Range: bytes=4-8\r\nIf-Range: "old"\r\n')
    assert (whole.status, whole.body) == (200, b"<h1>Hello</h1>")
    assert served.get("/static/page.html", "Range: bytes=-99\r\n").body == whole.body


def test_conditions_are_those_of_the_file(served: Client) -> None:
    fields = served.get("/static/page.html").fields
    condition = f'If-None-Match: "old", W/{fields["etag"]}\r\nRange: bytes=0-1\r\n'
    unchanged = served.get("/static/page.html", condition)
    assert (unchanged.status, unchanged.fields["etag"]) == (304, fields["etag"])
    assert "content-type" not in unchanged.fields
    since = f"If-Modified-Since: {fields['last-modified']}\r\n"
    assert served.get("/static/page.html", since).status == 304
    refused = served.get("/static/page.html", 'If-Match: "old"\r\n')
    assert (refused.status, refused.body) == (412, b"")
    assert served.get("/static/page.html", "Range: bytes=99-\r\n").status == 416


def test_compressed_copy_of_a_static_file_is_sent(served: Client, tmp_path: Path) -> None:
    write(tmp_path / "static" / "app.mjs", b"run()")
    write(tmp_path / "static" / "app.mjs.gz", b"packed")
    write(tmp_path / "static" / "app.mjs.br", b"older", LONG_AGO - 1)
    packed = served.get("/static/app.mjs", "Accept-Encoding: br, gzip\r\n")
    assert (packed.body, packed.fields["content-encoding"]) == (b"packed", "gzip")
    plain = served.get("/static/app.mjs", "Accept-Encoding: br\r\n")
    assert plain.body == b"run()"
    assert "content-encoding" not in plain.fields
    for reply in (plain, packed):
        assert reply.fields["content-type"] == "text/javascript; charset=utf-8"
        assert reply.fields["content-disposition"] == "inline; filename=app.mjs"
        assert reply.fields["vary"] == "Accept-Encoding"
    assert plain.fields["etag"] != packed.fields["etag"]
    unchanged = f"Accept-Encoding: gzip\r\nIf-None-Match: {packed.fields['etag']}\r\n"
    assert served.get("/static/app.mjs", unchanged).status == 304


def test_compressed_copy_is_sent_of_other_files_only_on_demand(app: App, tmp_path: Path) -> None:
    write(tmp_path / "upload.txt", b"mine")
    write(tmp_path / "upload.txt.gz", b"somebody's")
    with app.test_request_context(headers={"Accept-Encoding": "gzip"}):
        for precompressed, coding in ((False, None), (True, "gzip")):
            response = send_file("upload.txt", precompressed=precompressed)
            assert response.content_encoding == coding
            response.close()


def test_response_can_be_changed_like_any_other(app: App) -> None:
    """A response of a known file is whole only when somebody looks at it."""

    @app.route("/<change>")
    def page(change: str) -> Any:
        response = send_file("static/page.html")
        match change:
            case "status":
                response.status_code = 203
            case "field":
                response.headers["X-Mine"] = "yes"
            case "tuple":
                return response, 203, {"X-Mine": "yes"}
            case "body":
                response.set_data("other")
            case "cookie":
                response.set_cookie("a", "b")
            case "attribute":
                assert not hasattr(response, "missing")
            case _:
                pass
        return response

    with running(app) as server, Client(server.connect()) as client:
        for _ in range(2):
            whole = client.get("/nothing")
            assert (whole.status, whole.body) == (200, b"<h1>Hello</h1>")
            assert client.get("/attribute").fields == whole.fields
            assert client.get("/status") == whole._replace(status=203)
            assert client.get("/field").fields == {**whole.fields, "x-mine": "yes"}
            both = client.get("/tuple")
            assert (both.status, both.fields["x-mine"], both.body) == (203, "yes", whole.body)
            assert client.get("/body").body == b"other"
            assert client.get("/cookie").fields["set-cookie"] == "a=b; Path=/"
            part = client.get("/status", "Range: bytes=4-8\r\n")
            assert part.body == b"Hello"


def test_url_carries_the_hash_of_the_content_when_asked_for(
    app: App, served: Client, tmp_path: Path
) -> None:
    part = Blueprint(
        "part", __name__, root_path=str(tmp_path), static_folder="static", static_url_path="/part"
    )
    app.register_blueprint(part)
    with app.test_request_context():
        assert url_for("static", filename="page.html") == "/static/page.html"
    app.config["STATIC_HASHED_URLS"] = True
    with app.test_request_context():
        url = url_for("static", filename="page.html")
        assert url_for("part.static", filename="page.html") == url.replace("static", "part")
        assert url_for("static", filename="page.html", v="mine") == "/static/page.html?v=mine"
        for filename in ("missing.html", "../secret.txt", ""):
            assert "v=" not in url_for("static", filename=filename)
    assert url.startswith("/static/page.html?v=")
    kept = served.get(url)
    assert (kept.body, kept.fields["cache-control"]) == (
        b"<h1>Hello</h1>",
        "public, max-age=31536000, immutable",
    )
    for other in ("/static/page.html", "/static/page.html?v=other", "/static/page.html?v="):
        assert served.get(other).fields["cache-control"] == "no-cache"
    (tmp_path / "static" / "page.html").write_text("<h1>Changed</h1>")
    assert served.get(url).fields["cache-control"] == "no-cache"
    with app.test_request_context():
        assert url_for("static", filename="page.html") != url


def test_hash_is_remembered_for_a_bounded_number_of_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "SETTLED", -1.0)
    monkeypatch.setattr(fingerprints, "MAX_KNOWN", 2)
    for number in range(5):
        (tmp_path / str(number)).write_text("same")
    hashes = {fingerprint(tmp_path, str(number)) for number in (0, 0, 1, 2, 3, 4)}
    assert len(hashes) == 1
    assert len(fingerprints._known) <= 2
    monkeypatch.setattr(fingerprints, "MAX_HASHED", 3)
    assert fingerprint(tmp_path, "0") is None


class Unseekable:
    """What a program may give to be sent, without the means to send a part of it."""

    def __init__(self) -> None:
        self.rest = [b"Hello", b""]

    def read(self, size: int = -1) -> bytes:
        return self.rest.pop(0)


def test_part_of_a_file_in_memory_is_sent_and_of_a_stream_the_whole(app: App) -> None:
    @app.route("/memory")
    def memory() -> Any:
        return send_file(io.BytesIO(b"Hello"), "text/plain", etag="mine")

    @app.route("/stream")
    def stream() -> Any:
        return send_file(cast(Any, Unseekable()), "text/plain", etag="mine")

    with running(app) as server, Client(server.connect()) as client:
        part = client.get("/memory", "Range: bytes=1-2\r\n")
        assert (part.status, part.body) == (206, b"el")
        assert client.get("/memory", 'If-None-Match: "mine"\r\n').status == 304
        assert client.get("/memory", "Range: bytes=9-\r\n").status == 416
        whole = client.get("/stream", "Range: bytes=1-2\r\n")
        assert (whole.status, whole.body) == (200, b"Hello")
        assert "accept-ranges" not in whole.fields
        assert client.get("/stream", 'If-None-Match: "mine"\r\n').status == 304


def test_conditions_are_ignored_when_the_program_says_so(app: App) -> None:
    @app.route("/file")
    def file() -> Any:
        return send_file("static/page.html", conditional=False)

    with running(app) as server, Client(server.connect()) as client:
        whole = client.get("/file")
        unchanged = f"If-None-Match: {whole.fields['etag']}\r\nRange: bytes=0-1\r\n"
        assert client.get("/file", unchanged).body == whole.body


def test_download_is_sent_in_parts_and_by_its_name(served: Client, app: App) -> None:
    @app.route("/download")
    def download() -> Any:
        return send_file("static/page.html", as_attachment=True, download_name="Grüße.html")

    part = served.get("/download", "Range: bytes=4-8\r\n")
    assert (part.status, part.body) == (206, b"Hello")
    assert part.fields["content-disposition"].startswith("attachment; filename=")

"""Sessions in files of the server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from samovar import App, session
from samovar.sessions.files import FileSystemSession, FileSystemSessionInterface
from samovar.testing import FlaskClient
from tests.support.session_views import add_session_views


class Anything:
    """A type that JSON cannot write."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def app(folder: Path) -> App:
    app = App(__name__)
    app.session_interface = FileSystemSessionInterface(folder, threshold=1000)
    add_session_views(app)

    return app


@pytest.fixture
def client(app: App) -> FlaskClient:
    return app.test_client()


def number(client: FlaskClient) -> str:
    cookie = client.get_cookie("session")
    assert cookie is not None
    return cookie.value


def test_value_comes_back_without_a_secret_key(client: FlaskClient) -> None:
    cookie = client.get("/set/a-rather-long-value").headers["Set-Cookie"]
    assert "value" not in cookie
    assert "HttpOnly" in cookie
    assert client.get("/get").text == "a-rather-long-value"


def test_value_survives_a_restart(client: FlaskClient, app: App, folder: Path) -> None:
    client.get("/set/7")
    app.session_interface = FileSystemSessionInterface(folder)
    assert client.get("/get").text == "7"


def test_any_type_is_kept(client: FlaskClient, app: App) -> None:
    @app.get("/object")
    def put() -> str:
        session["value"] = {Anything}
        return ""

    client.get("/object")
    assert "Anything" in client.get("/get").text


def test_session_starts_anew_when_its_types_are_gone(
    client: FlaskClient,
    app: App,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    @app.get("/object")
    def put() -> str:
        session["value"] = Anything()
        return ""

    client.get("/object")
    monkeypatch.delitem(globals(), "Anything")
    assert client.get("/get").text == "None"
    assert "cannot be read any more" in caplog.text
    client.get("/set/7")
    assert client.get("/get").text == "7"


def test_nothing_is_written_when_the_session_is_not_used(client: FlaskClient, folder: Path) -> None:
    before = sorted(folder.iterdir())
    assert "Set-Cookie" not in client.get("/get").headers
    assert sorted(folder.iterdir()) == before


def test_file_and_cookie_go_when_the_session_is_emptied(client: FlaskClient, folder: Path) -> None:
    before = len(list(folder.iterdir()))
    client.get("/set/7")
    sid = number(client)
    assert len(list(folder.iterdir())) == before + 1
    client.get("/clear")
    assert len(list(folder.iterdir())) == before
    assert client.get_cookie("session") is None
    client.set_cookie("session", sid)
    assert client.get("/get").text == "None"


@pytest.mark.parametrize("planted", ["chosen-by-somebody-else", "../../etc/passwd", "x" * 500])
def test_number_that_is_not_ours_is_not_taken_over(client: FlaskClient, planted: str) -> None:
    client.set_cookie("session", planted)
    assert client.get("/get").text == "None"
    client.get("/set/7")
    assert number(client) != planted


def test_number_changes_when_the_session_is_regenerated(client: FlaskClient, app: App) -> None:
    @app.get("/login")
    def login() -> str:
        assert isinstance(session, FileSystemSession)
        session.regenerate()
        return ""

    client.get("/set/7")
    before = number(client)
    client.get("/login")
    assert number(client) != before
    assert client.get("/get").text == "7"
    client.set_cookie("session", before)
    assert client.get("/get").text == "None"


def test_sessions_stay_below_the_threshold(app: App, folder: Path) -> None:
    app.session_interface = FileSystemSessionInterface(folder, threshold=5)
    for value in range(20):
        app.test_client().get(f"/set/{value}")
    # The one that was just made may be one too many, and another file holds the count.
    assert len(list(folder.iterdir())) <= 5 + 2


def test_sessions_are_kept_apart_when_many_are_written_at_once(app: App, folder: Path) -> None:
    app.testing = True
    app.session_interface = FileSystemSessionInterface(folder, threshold=4)

    def visit(number: int) -> list[str]:
        seen = []
        for _ in range(10):
            client = app.test_client()
            client.get(f"/set/{number}")
            seen.append(client.get("/get").text)
        return seen

    with ThreadPoolExecutor(8) as pool:
        for number, seen in enumerate(pool.map(visit, range(8))):
            # None where the others' sessions took its place, and never somebody else's.
            assert set(seen) <= {str(number), "None"}


def test_files_are_for_their_owner_only(client: FlaskClient, folder: Path) -> None:
    client.get("/set/7")
    assert folder.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())


def test_error_names_the_folder_when_it_cannot_be_written(
    client: FlaskClient, app: App, folder: Path
) -> None:
    app.testing = True
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    with pytest.raises(OSError, match="could not be written to the folder .*cache"):
        client.get("/set/7")

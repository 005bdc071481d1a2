"""The examples, as their pages say to run them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.support.programs import ROOT, SAMOVAR, Answer, Program, started

EXAMPLES = ROOT / "examples"

NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/app.py"))

PAGES = {
    "chat": ("/", "<title>Samovar chat</title>"),
    "contacts": ("/", "<td>Lovelace</td>"),
    "file_session": ("/", "Welcome."),
    "greetings": ("/greet/Scott", "<em>Scott</em>"),
    "hello_and_time": ("/time", "The time is"),
    "login": ("/", "<h1>Log in</h1>"),
    "minimal": ("/", "You can do it!"),
    "pages": ("/about", "<h1>About us</h1>"),
    "photo_upload": ("/", "No photos yet."),
    "random_number": ("/", "<h1>The number is "),
}

AS_SCRIPT = """
import runpy
from samovar import App

run = App.run
# The program's own port may be taken, and is the same for all: take a free one.
App.run = lambda app, **options: run(app, **{**options, "port": 0, "debug": False})
runpy.run_path("app.py", run_name="__main__")
"""
"""What runs ``app.py`` as ``python app.py`` does, on a free port and without the reloader."""


@contextmanager
def example(name: str, folder: Path) -> Iterator[Program]:
    """Run a copy of an example by the name of its folder."""
    copy = copy_of(name, folder)
    with started([*SAMOVAR, "run", copy.name, "--port", "0"], cwd=folder) as program:
        yield program


def copy_of(name: str, folder: Path) -> Path:
    """Copy an example, so that what it saves does not end up in the checkout."""
    copy = folder / name
    if not copy.exists():
        unwanted = shutil.ignore_patterns("__pycache__", "*.db*", "photos", "cache")
        shutil.copytree(EXAMPLES / name, copy, ignore=unwanted)
    return copy


def as_script(name: str, folder: Path) -> AbstractContextManager[Program]:
    """Run a copy of an example as ``python app.py``."""
    return started([sys.executable, "-c", AS_SCRIPT], cwd=copy_of(name, folder))


def test_every_example_has_a_page_to_ask_for() -> None:
    assert set(PAGES) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_readme_names_the_command(name: str) -> None:
    assert f"    samovar run examples/{name}\n" in (EXAMPLES / name / "README.md").read_text()
    assert f"({name}/)" in (EXAMPLES / "README.md").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_example_answers_when_run_by_its_folder(name: str, tmp_path: Path) -> None:
    target, expected = PAGES[name]
    with example(name, tmp_path) as program:
        answer = program.ask(target)
    assert answer.status == 200
    assert expected in answer.text


@pytest.mark.parametrize("name", NAMES)
def test_example_answers_when_run_as_a_script(name: str, tmp_path: Path) -> None:
    target, expected = PAGES[name]
    with as_script(name, tmp_path) as program:
        answer = program.ask(target)
    assert answer.status == 200
    assert expected in answer.text


def test_greetings_find_their_functions(tmp_path: Path) -> None:
    with example("greetings", tmp_path) as program:
        moved = program.ask("/hello")
        assert moved.status == 308
        assert moved.fields["Location"].endswith("/hello/")
        assert program.ask("/hello/").status == 200
        assert program.ask("/goodbye").status == 200
        assert program.ask("/goodbye/").status == 404
        assert program.ask("/hello/Scott").text == "Hello Scott, nice to meet you!"
        assert program.ask("/square/7").text == "7 times 7 is 49."
        assert program.ask("/square/seven").status == 404


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("greetings", "/hello/%3Cscript%3E"),
        ("greetings", "/greet/%3Cscript%3E"),
        ("pages", "/user/%3Cscript%3E"),
    ],
)
def test_markup_in_the_path_stays_text(name: str, target: str, tmp_path: Path) -> None:
    with example(name, tmp_path) as program:
        assert "&lt;script&gt;" in program.ask(target).text


def test_random_number_sends_its_style_sheet_once(tmp_path: Path) -> None:
    with example("random_number", tmp_path) as program:
        assert '<link rel="stylesheet" href="/static/style.css">' in program.ask("/").text
        sheet = program.ask("/static/style.css")
        assert sheet.fields["Content-Type"] == "text/css; charset=utf-8"
        again = program.ask("/static/style.css", fields={"If-None-Match": sheet.fields["ETag"]})
        assert (again.status, again.body) == (304, b"")


def cookie_of(answer: Answer) -> dict[str, str]:
    """Return the field with which a browser sends back the cookie that it was given."""
    return {"Cookie": answer.fields["Set-Cookie"].partition(";")[0]}


def test_login_is_remembered_until_logout(tmp_path: Path) -> None:
    with example("login", tmp_path) as program:
        entered = program.post("/login", userid="ada", passwd="lovelace")
        assert (entered.status, entered.fields["Location"]) == (302, "/")
        assert "SameSite=Lax" in entered.fields["Set-Cookie"]
        assert "Welcome, ada" in program.ask("/", fields=cookie_of(entered)).text
        left = program.post("/logout", cookie_of(entered))
        assert "session=;" in left.fields["Set-Cookie"]
        assert "Log in" in program.ask("/").text


@pytest.mark.parametrize(("userid", "passwd"), [("ada", "babbage"), ("nobody", "lovelace")])
def test_login_is_refused_when_name_or_password_is_wrong(
    userid: str, passwd: str, tmp_path: Path
) -> None:
    with example("login", tmp_path) as program:
        refused = program.post("/login", userid=userid, passwd=passwd)
        page = program.ask("/", fields=cookie_of(refused)).text
    assert "do not belong together" in page
    assert "Welcome" not in page


def test_login_survives_a_restart_when_the_environment_has_a_key(tmp_path: Path) -> None:
    copy_of("login", tmp_path)
    command = [*SAMOVAR, "run", "login", "--port", "0"]
    with started(command, cwd=tmp_path, environ={"SECRET_KEY": "known to both"}) as program:
        cookie = cookie_of(program.post("/login", userid="ada", passwd="lovelace"))
    with started(command, cwd=tmp_path, environ={"SECRET_KEY": "known to both"}) as program:
        assert "Welcome, ada" in program.ask("/", fields=cookie).text


def upload(program: Program, filename: str, content: bytes) -> Answer:
    """Send a file as the form of the page does."""
    body = (
        b"--limit\r\n"
        b'Content-Disposition: form-data; name="file"; filename="%s"\r\n'
        b"Content-Type: image/png\r\n\r\n%s\r\n--limit--\r\n"
    ) % (filename.encode(), content)
    kind = {"Content-Type": "multipart/form-data; boundary=limit"}
    return program.ask("/photo", "POST", body, kind)


def test_photo_is_shown_when_it_was_uploaded(tmp_path: Path) -> None:
    content = bytes(range(256)) * 1000
    with example("photo_upload", tmp_path) as program:
        assert upload(program, "my photo.png", content).status == 302
        [saved] = (tmp_path / "photo_upload" / "photos").iterdir()
        assert saved.name.endswith("-my_photo.png")
        assert f'src="/photos/{saved.name}"' in program.ask("/").text
        photo = program.ask(f"/photos/{saved.name}")
    assert photo.fields["Content-Type"] == "image/png"
    assert photo.body == content


def test_photo_stays_in_its_folder_when_its_name_leads_out(tmp_path: Path) -> None:
    with example("photo_upload", tmp_path) as program:
        assert upload(program, "../../app.png", b"x").status == 302
        assert program.ask("/photos/..%2fapp.py").status == 404
        assert program.ask("/photos/%2e%2e/app.py").status == 404
    [saved] = (tmp_path / "photo_upload" / "photos").iterdir()
    assert saved.name.endswith("-app.png")


@pytest.mark.parametrize("filename", ["page.html", "picture.svg", "noextension", ""])
def test_upload_is_refused_when_it_is_not_a_picture(filename: str, tmp_path: Path) -> None:
    with example("photo_upload", tmp_path) as program:
        assert upload(program, filename, b"<script>").status == 400
    assert list((tmp_path / "photo_upload" / "photos").iterdir()) == []


def test_upload_is_refused_before_it_is_sent_when_it_is_too_large(tmp_path: Path) -> None:
    with example("photo_upload", tmp_path) as program:
        length = {"Content-Length": str(17 * 1024 * 1024)}
        assert program.ask("/photo", "POST", None, length).status == 413


def test_file_session_is_remembered_after_a_restart(tmp_path: Path) -> None:
    with example("file_session", tmp_path) as program:
        assert "not been" in program.ask("/lasthere").text
        cookie = cookie_of(program.ask("/"))
    assert any((tmp_path / "file_session" / "cache").iterdir())
    with example("file_session", tmp_path) as program:
        assert "You were last here on" in program.ask("/lasthere", fields=cookie).text

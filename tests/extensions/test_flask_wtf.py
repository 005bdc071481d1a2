"""Flask-WTF: validation, uploads and protection against forged requests."""

from __future__ import annotations

from tests.extensions.conftest import Start
from tests.extensions.visitor import Upload, found


def test_form_is_taken_when_it_carries_its_token(start: Start) -> None:
    visitor = start("forms")
    token = found(r'name="csrf_token"[^>]*value="([^"]+)"', visitor.get("/").text)

    portrait = Upload("portrait", "a.png", b"\x89PNG")
    sent = visitor.upload("/", portrait, csrf_token=token, name="Ada")
    assert (sent.status, sent.fields["Location"]) == (302, "/welcome?name=Ada&size=4")
    assert visitor.get(sent.fields["Location"]).text == "Ada with 4 bytes"


def test_form_is_refused_when_it_carries_no_token_or_a_wrong_one(start: Start) -> None:
    visitor = start("forms")
    visitor.get("/")
    missing = visitor.post("/", name="Ada")
    assert (missing.status, "The CSRF token is missing." in missing.text) == (400, True)
    wrong = visitor.post("/", name="Ada", csrf_token="made-up")
    assert (wrong.status, "The CSRF token is invalid." in wrong.text) == (400, True)
    assert visitor.post("/hook").text == "no token needed"


def test_form_says_what_is_wrong_with_its_fields(start: Start) -> None:
    visitor = start("forms")
    token = found(r'const token = "([^"]+)"', visitor.get("/").text)
    portrait = Upload("portrait", "a.exe", b"MZ")
    answer = visitor.upload("/", portrait, csrf_token=token, name="")
    assert answer.status == 200
    assert "<p>name: We need a name.</p>" in answer.text
    assert "<p>portrait: Only PNG, please.</p>" in answer.text


def test_script_sends_the_token_in_a_header(start: Start) -> None:
    visitor = start("forms")
    token = found(r'const token = "([^"]+)"', visitor.get("/").text)
    assert visitor.ask("DELETE", "/guests/ada").status == 400
    answer = visitor.ask("DELETE", "/guests/ada", X_CSRFToken=token)
    assert (answer.status, answer.text) == (200, '{"forgotten":"ada"}\n')

"""Flask-Login: logging in and out, pages for members, being remembered."""

from __future__ import annotations

from tests.extensions.conftest import Start


def test_member_logs_in_reads_and_logs_out(start: Start) -> None:
    visitor = start("members")
    sent_away = visitor.get("/diary")
    assert (sent_away.status, sent_away.fields["Location"]) == (302, "/login?next=%2Fdiary")

    assert visitor.post("/login?next=/diary", name="ada", password="wrong").status == 401
    let_in = visitor.post("/login?next=/diary", name="ada", password="engine")
    assert (let_in.status, let_in.fields["Location"]) == (302, "/diary")
    assert visitor.get("/diary").text == "The diary of ada"
    assert "Cookie" in visitor.get("/diary").fields["Vary"]

    assert visitor.get("/logout").status == 302
    assert visitor.get("/").text == "Hello stranger"
    assert visitor.get("/diary").status == 302


def test_member_is_remembered_when_the_session_is_gone(start: Start) -> None:
    visitor = start("members")
    visitor.post("/login", name="ada", password="engine", remember="yes")
    del visitor.cookies["session"]
    assert visitor.get("/").text == "Hello ada"

    visitor.get("/logout")
    assert "remember_token" not in visitor.cookies
    assert visitor.get("/").text == "Hello stranger"


def test_forged_remember_cookie_is_refused(start: Start) -> None:
    visitor = start("members")
    visitor.cookies["remember_token"] = "ada|" + "0" * 128
    assert visitor.get("/").text == "Hello stranger"

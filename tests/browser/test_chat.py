"""The chat as people see it: in two windows of a real browser, served by a real process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.browser.chromium import Browser, Page
from tests.support.programs import SAMOVAR, Program, started

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]  # seconds


def chat(database: Path, port: int = 0) -> AbstractContextManager[Program]:
    """Start the chat; port 0 is a free one."""
    return started(
        [*SAMOVAR, "run", "examples/chat", "--port", str(port)],
        environ={"CHAT_DATABASE": str(database)},
    )


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


@pytest.fixture
def server(database: Path) -> Iterator[Program]:
    with chat(database) as program:
        yield program


def say(page: Page, text: str) -> None:
    page.type("#message", text)
    page.press_enter()


def wait_for_message(page: Page, text: str, *, name: str | None = None) -> None:
    """Wait until a message with exactly this text, and from this person, is shown once."""
    page.wait_for(
        "[...document.querySelectorAll('.message')].filter((item) =>"
        f" item.querySelector('.text').textContent === {json.dumps(text)}"
        f" && ({json.dumps(name)} ?? item.querySelector('.name').textContent)"
        " === item.querySelector('.name').textContent).length === 1"
    )


def test_windows_chat_with_each_other(browser: Browser, server: Program) -> None:
    ada = browser.open(server.url + "/")
    charles = browser.open(server.url + "/", width=390, height=844)
    ada.type("#name", "Ada")
    charles.type("#name", "Charles")
    say(ada, "Is the kettle on?")
    wait_for_message(charles, "Is the kettle on?", name="Ada")
    charles.type("#message", "It boils.")
    charles.click("#send")
    wait_for_message(ada, "It boils.", name="Charles")
    # Each has its own message on its own side, once.
    wait_for_message(ada, "Is the kettle on?", name="Ada")
    assert ada.evaluate("document.querySelectorAll('.mine').length") == 1
    assert charles.evaluate("document.querySelector('.mine .text').textContent") == "It boils."


def test_markup_stays_text_when_somebody_posts_it(browser: Browser, server: Program) -> None:
    attacks = (
        "<script>document.title = 'taken over'</script>",
        "<img src=x onerror=\"document.title = 'taken over'\">",
        "&lt;b&gt; '); DROP TABLE messages; --",
    )
    victim = browser.open(server.url + "/")
    attacker = browser.open(server.url + "/")
    attacker.type("#name", "<b>Mallory</b>")
    for attack in attacks:
        say(attacker, attack)
        for page in (attacker, victim):
            wait_for_message(page, attack, name="<b>Mallory</b>")
    for page in (attacker, victim):
        assert page.evaluate("document.title") == "Samovar chat"
        assert page.evaluate("document.querySelectorAll('#messages :is(script, img)').length") == 0
        assert page.evaluate("document.querySelectorAll('.name b, .text *').length") == 0


def test_page_refuses_foreign_scripts_even_if_markup_got_in(
    browser: Browser, server: Program
) -> None:
    page = browser.open(server.url + "/")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend',"
        " '<img id=bad src=/nothing onerror=\"document.title = 1\">')"
    )
    page.wait_for("document.getElementById('bad').complete")
    assert page.evaluate("document.title") == "Samovar chat"


def test_messages_are_still_there_when_the_server_was_restarted(
    browser: Browser, database: Path
) -> None:
    with chat(database) as server:
        page = browser.open(server.url + "/")
        page.wait_for("document.getElementById('status').textContent === 'Connected'")
        say(page, "Remember me.")
        wait_for_message(page, "Remember me.")
    page.wait_for("document.getElementById('status').textContent.startsWith('Reconnecting')")
    with chat(database, server.port) as restarted:
        # The old window goes on by itself, and a new one sees what was said before.
        page.wait_for("document.getElementById('status').textContent === 'Connected'")
        newcomer = browser.open(restarted.url + "/")
        wait_for_message(newcomer, "Remember me.")
        say(newcomer, "We do.")
        wait_for_message(page, "We do.")


def test_message_comes_back_into_the_field_when_it_cannot_be_sent(
    browser: Browser, database: Path
) -> None:
    with chat(database) as server:
        page = browser.open(server.url + "/")
    say(page, "Lost?")
    page.wait_for("!document.getElementById('problem').hidden")
    assert page.evaluate("document.getElementById('message').value") == "Lost?"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_page_fits_the_window(browser: Browser, server: Program, width: int) -> None:
    page = browser.open(server.url + "/", width=width, height=640)
    say(page, "A-long-word-" * 20)
    say(page, "And an ordinary sentence.\n" * 20)
    page.wait_for("document.querySelectorAll('.message').length === 2")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.documentElement.scrollHeight") <= 640
    assert page.evaluate("scroller.scrollWidth <= scroller.clientWidth")

"""``samovar serve --live`` in a real browser, and the listing in windows of all sizes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Browser, BrowserError, Page
from tests.support.programs import SAMOVAR, Program, started

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]  # seconds


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text(
        "<!doctype html><link rel=stylesheet href=style.css><p id=text>Before</p>"
    )
    (folder / "style.css").write_text("p { color: rgb(1, 1, 1) }")
    (folder / "list").mkdir()
    return folder


@pytest.fixture
def server(folder: Path) -> Iterator[Program]:
    with started([*SAMOVAR, "serve", folder, "--port", "0", "--live"]) as program:
        yield program


def wait_through_reload(page: Page, condition: str) -> None:
    """Wait for a condition, also where the page that is asked goes away meanwhile."""
    while True:
        try:
            page.wait_for(condition)
        except BrowserError as error:
            if "navigated" not in str(error):
                raise
        else:
            return


def test_page_reloads_when_it_or_its_style_changes(
    browser: Browser, server: Program, folder: Path
) -> None:
    page = browser.open(server.url + "/")
    assert page.evaluate("document.getElementById('text').textContent") == "Before"
    changed = (folder / "index.html").read_text().replace("Before", "After")
    (folder / "index.html").write_text(changed)
    wait_through_reload(page, "document.getElementById('text')?.textContent === 'After'")
    (folder / "style.css").write_text("p { color: rgb(2, 2, 2) }")
    wait_through_reload(
        page,
        "document.getElementById('text') !== null &&"
        " getComputedStyle(document.getElementById('text')).color === 'rgb(2, 2, 2)'",
    )


def test_page_that_was_missing_is_shown_when_it_is_there(
    browser: Browser, server: Program, folder: Path
) -> None:
    page = browser.open(server.url + "/new.html")
    assert page.evaluate("document.title") == "404 Not Found"
    (folder / "new.html").write_text("<title>New</title>")
    wait_through_reload(page, "document.title === 'New'")


def test_listing_shows_a_new_file(browser: Browser, server: Program, folder: Path) -> None:
    page = browser.open(server.url + "/list/")
    (folder / "list" / "new.txt").write_text("new")
    wait_through_reload(page, "document.body?.innerText.includes('new.txt')")


def test_page_reloads_when_it_changed_while_the_server_was_away(
    browser: Browser, folder: Path
) -> None:
    serve = (*SAMOVAR, "serve", str(folder), "--live", "--port")
    with started([*serve, "0"]) as server:
        page = browser.open(server.url + "/")
        page.evaluate("document.title = 'seen'")
    (folder / "index.html").write_text("<!doctype html><p id=text>After</p>")
    with started([*serve, str(server.port)]):
        wait_through_reload(page, "document.getElementById('text')?.textContent === 'After'")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_listing_fits_the_window_and_sorts_without_a_script(
    browser: Browser, folder: Path, width: int
) -> None:
    (folder / "list" / ("a-long-word-" * 20)).write_text("x" * 2000)
    (folder / "list" / "<script>document.title='taken over'<").write_text("")
    with started([*SAMOVAR, "serve", folder, "--port", "0"]) as server:
        page = browser.open(server.url + "/list/", width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.title") == "site/list"
        for order, first in (("descending", "2.0 kB"), ("ascending", "0 B")):
            page.click("th.size a")
            wait_through_reload(page, f"document.querySelector('th.size')?.ariaSort === '{order}'")
            assert page.evaluate("document.querySelector('tbody .size').textContent") == first

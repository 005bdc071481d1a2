"""What drives the browser, where something is wrong with the browser or the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import chromium
from tests.browser.chromium import (
    Browser,
    BrowserError,
    NoChromiumError,
    find_chromium,
    running_chromium,
)

pytestmark = pytest.mark.browser


def test_missing_chromium_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    with pytest.raises(NoChromiumError, match="apt-get install chromium"):
        find_chromium()


def test_chromium_that_does_not_start_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    advice = tmp_path / "chromium"
    advice.write_text("#!/bin/sh\necho 'install the snap' >&2\nexit 1\n")
    advice.chmod(0o755)
    real = tmp_path / "google-chrome"
    real.write_text("#!/bin/sh\necho 'Chromium 150'\n")
    real.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "NAMES", ("chromium", "google-chrome"))
    assert find_chromium() == str(real)


def test_chromium_that_ends_unasked_shows_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashing = tmp_path / "chrome"
    crashing.write_text('#!/bin/sh\n[ "$1" = --version ] || echo "no display at all" >&2\n')
    crashing.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(crashing))
    with (
        running_chromium(tmp_path) as browser,
        pytest.raises(BrowserError, match="no display at all"),
    ):
        browser.command("Browser.getVersion")


def test_condition_that_never_holds_shows_the_page(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = browser.open("data:text/html,<p>Something else</p>")
    monkeypatch.setattr(chromium, "PAGE_PATIENCE", 0.1)
    with pytest.raises(BrowserError, match="Something else"):
        page.wait_for("document.title === 'Expected'")


def test_failure_in_the_page_is_raised(browser: Browser) -> None:
    page = browser.open("data:text/html,<p>Hello</p>")
    with pytest.raises(BrowserError, match="undefinedName"):
        page.evaluate("undefinedName + 1")

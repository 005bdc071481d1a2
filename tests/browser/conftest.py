"""One Chromium for all browser tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.chromium import Browser, NoChromiumError, running_chromium


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return a running Chromium."""
    try:
        with running_chromium(tmp_path_factory.mktemp("profile")) as chromium:
            yield chromium
    except NoChromiumError as error:
        pytest.fail(str(error), pytrace=False)

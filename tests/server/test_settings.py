"""What an operator can set, and values that cannot work."""

from __future__ import annotations

from typing import Any

import pytest

from samovar.server import Settings


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"workers": 0}, "workers is 0, but it must be at least 1: write for instance workers=1."),
        ({"idle_timeout": 0}, "must be more than 0: write for instance idle_timeout=75.0."),
        ({"max_requests": -1}, "must be at least 0: write for instance max_requests=0."),
        ({"port": 65_536}, "a port is a number from 0 to 65535"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_value_that_cannot_work_is_refused(named: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Settings(**named)


@pytest.mark.parametrize(
    ("named", "supervised"),
    [
        ({}, False),
        ({"workers": 2}, True),
        ({"supervise": True}, True),
        ({"preload": True}, True),
        ({"max_requests": 1}, True),
    ],
    ids=str,
)
def test_what_replaces_workers_has_a_supervisor(named: dict[str, Any], supervised: bool) -> None:
    assert Settings(**named).supervised is supervised

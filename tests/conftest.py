"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from samovar.context import app_ctx, has_app_context, has_request_context, request_ctx


@pytest.fixture(autouse=True)
def no_context_is_left_behind() -> Iterator[None]:
    """Fail the test that forgets to pop a context, and not the one that comes after it."""
    yield
    left = []
    while has_request_context():
        left.append(repr(request_ctx))
        request_ctx.pop()
    while has_app_context():
        left.append(repr(app_ctx))
        app_ctx.pop()
    assert left == []

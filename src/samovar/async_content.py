"""A response body that an ``async def`` generator produces."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterator
from typing import Any

from samovar.awaiting import wait_for


class AsyncContent(Iterator[str | bytes]):
    """An asynchronous iterable in a response: our server iterates over it as what it is.

    Behind another WSGI server, which has no event loop, it is an ordinary iterator that blocks.

    Args:
        content: Yields text or bytes.
    """

    def __init__(self, content: AsyncIterable[str | bytes]) -> None:
        self._content: Any = content
        self._iterator: AsyncIterator[str | bytes] = aiter(content)
        # Whether the event loop that iterates over it closes it as well.
        self._is_taken = False

    def __next__(self) -> str | bytes:
        try:
            return wait_for(_next_of(self._iterator))
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        """Give up what was not iterated over in plain code."""
        close = getattr(self._content, "aclose", None)
        if close is not None and not self._is_taken:
            wait_for(close())

    async def encoded(self) -> AsyncIterator[bytes]:
        """Iterate over it on an event loop, as bytes."""
        self._is_taken = True
        try:
            async for piece in self._iterator:
                yield piece.encode() if isinstance(piece, str) else piece
        finally:
            close = getattr(self._content, "aclose", None)
            if close is not None:
                await close()


async def _next_of(iterator: AsyncIterator[str | bytes]) -> str | bytes:
    return await anext(iterator)

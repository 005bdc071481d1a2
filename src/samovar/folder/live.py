"""Has the browser reload when a file changes.

Each page gets a script, whose address carries the version of the folder that the page was made
of. The script listens to an event stream, which tells the version now and after each change, and
reloads the page when it is another one. So nothing is missed, whether the change came before the
script listened, while the connection was down, or while the server was not running.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

from samovar.exchange import Reply

SCRIPT = b"/.samovar/live.js"
"""Where the script is. The dot keeps it clear of all files, for hidden ones are not served."""

STREAM = b"/.samovar/changes"
"""Where the event stream is."""

HEARTBEAT = 15.0
"""Seconds between two signs of life on an event stream, less than proxies wait for one."""

MAX_PAGE = 8 << 20
"""Bytes of a page up to which the script is put into it; a larger one is hardly written by
hand."""

_SCRIPT_TEXT = (Path(__file__).parent / "templates" / "live.js").read_bytes()

_SCRIPT_FIELDS = (
    ("Content-Type", "text/javascript; charset=utf-8"),
    ("Cache-Control", "no-store"),
)
_STREAM_FIELDS = (("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"))


class Live:
    """Tells browsers of changes.

    Attributes:
        version: Another one after each change, and after each start of the server.
    """

    def __init__(self) -> None:
        self.version = _new_version()
        self._loop: asyncio.AbstractEventLoop | None = None
        # Touched in the loop's thread alone; one for each page that is looked at.
        self._listeners: set[asyncio.Event] = set()

    def changed(self) -> None:
        """Say that files have changed. Any thread may call it."""
        self.version = _new_version()
        loop = self._loop
        if loop is not None:
            try:
                loop.call_soon_threadsafe(self._tell)
            except RuntimeError:
                pass  # the server has stopped, and its loop with it

    def _tell(self) -> None:
        for listener in self._listeners:
            listener.set()

    def answer(self, path: bytes) -> Reply | None:
        """Answer with script or stream, or return None where neither is asked for."""
        if path == SCRIPT:
            return Reply(200, _SCRIPT_FIELDS, _SCRIPT_TEXT)
        if path == STREAM:
            return Reply(200, _STREAM_FIELDS, self.events())
        return None

    def tag(self) -> bytes:
        """Return the element that has a page reload when what it is made of changes.

        It goes to the end of the page, where all parsers take it for a part of the body. Ask
        for it before reading what the page is made of.
        """
        return b'<script src="%b?%b"></script>\n' % (SCRIPT, self.version.encode())

    async def events(self) -> AsyncIterator[bytes]:
        """Yield the version now and after each change, as an event stream."""
        self._loop = asyncio.get_running_loop()
        listener = asyncio.Event()
        self._listeners.add(listener)
        told = None
        try:
            yield b"retry: 1000\n\n"  # milliseconds
            while True:
                listener.clear()
                if told != self.version:
                    told = self.version
                    yield f"data: {told}\n\n".encode()
                else:
                    yield b":\n\n"
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        await listener.wait()
                except TimeoutError:
                    pass
        finally:
            self._listeners.discard(listener)


def _new_version() -> str:
    return f"{time.time_ns():x}"

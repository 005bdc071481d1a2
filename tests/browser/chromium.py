"""A real Chromium, driven through its own DevTools protocol.

Chromium takes commands as JSON messages on file descriptor 3 and answers on 4, each message ended
by a zero byte (``--remote-debugging-pipe``). That needs neither a driver program nor a library. A
message with an ``id`` is a command or its answer, one without is an event.

Waiting is done where the thing waited for happens: a promise in the page looks again whenever the
browser draws a frame, and gives up after its time.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""What Chromium is called by the systems that we know. CHROMIUM in the environment goes first."""

FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Without these it talks to its maker, and waits where the network is closed.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Two windows are open and none has the focus: both must stay awake.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)

COMMAND_PATIENCE = 30.0
"""Seconds to wait for the answer to a command; the first one includes Chromium's start."""

PAGE_PATIENCE = 10.0
"""Seconds for a page to show what is expected of it."""

END_PATIENCE = 10.0
"""Seconds for Chromium to end after it was asked to."""

LAST_WORDS = 2000
"""Characters of Chromium's own messages to show when it ended unasked."""

CHUNK = 65536
"""Bytes to read from the pipe at a time."""

PIPE_FD_FLOOR = 10
"""Our pipe ends are moved up to here, out of the way of the child's descriptors 3 and 4."""


class NoChromiumError(RuntimeError):
    """There is no Chromium on this machine."""


class BrowserError(AssertionError):
    """The browser refused a command, or a page did not come to show what was expected."""


def find_chromium() -> str:
    """Return the path of this machine's Chromium.

    Raises:
        NoChromiumError: There is none; the message says how to get one.
    """
    for name in filter(None, (os.environ.get("CHROMIUM"), *NAMES)):
        path = shutil.which(name)
        if path is not None and _starts(path):
            return path
    raise NoChromiumError(
        f"The browser tests need Chromium, and none of {', '.join(NAMES)} is here and starts."
        " Install it (Debian: apt-get install chromium; Ubuntu: snap install chromium), or name"
        " yours: CHROMIUM=/path/to/chrome. All other tests: python -m pytest -m 'not browser'"
    )


def _starts(path: str) -> bool:
    """Say whether it is a browser: on Ubuntu it may be a script that only gives advice."""
    try:
        return not subprocess.run(
            [path, "--version"], capture_output=True, timeout=COMMAND_PATIENCE, check=False
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


class Browser:
    """A running Chromium.

    Args:
        profile: An empty folder for its profile, and for what it has to say.
    """

    def __init__(self, profile: Path) -> None:
        self._log = profile / "stderr.txt"
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # it refuses to sandbox for root
        argv = [find_chromium(), *FLAGS, *sandbox, f"--user-data-dir={profile}", "about:blank"]
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        commands = fcntl.fcntl(theirs_in, fcntl.F_DUPFD_CLOEXEC, PIPE_FD_FLOOR)
        answers = fcntl.fcntl(theirs_out, fcntl.F_DUPFD_CLOEXEC, PIPE_FD_FLOOR)
        self._pid = os.posix_spawn(
            argv[0],
            argv,
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, self._log, os.O_WRONLY | os.O_CREAT, 0o600),
                (os.POSIX_SPAWN_DUP2, commands, 3),
                (os.POSIX_SPAWN_DUP2, answers, 4),
            ],
            setpgroup=0,  # a group of its own, to end all of its processes at once
        )
        for fd in (theirs_in, theirs_out, commands, answers):
            os.close(fd)
        self._buffer = b""
        self._ids = count(1)

    def command(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer.

        Args:
            method: The method of the DevTools protocol, for instance ``"Page.navigate"``.
            session: The page that it is for, or None for the browser.
            params: The method's parameters.

        Raises:
            BrowserError: It failed, or took too long.
        """
        number = next(self._ids)
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        try:
            while data:
                data = data[os.write(self._out, data) :]
        except BrokenPipeError:
            raise self._has_ended(method) from None
        deadline = time.monotonic() + COMMAND_PATIENCE
        while (answer := self._receive(deadline, method)).get("id") != number:
            pass  # an event
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def _receive(self, deadline: float, method: str) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            left = max(0.0, deadline - time.monotonic())
            if not select.select([self._in], [], [], left)[0]:
                raise BrowserError(f"{method}: no answer within {COMMAND_PATIENCE:g} seconds")
            chunk = os.read(self._in, CHUNK)
            if not chunk:
                raise self._has_ended(method)
            self._buffer += chunk
        message, _, self._buffer = self._buffer.partition(b"\0")
        received: dict[str, Any] = json.loads(message)
        return received

    def _has_ended(self, method: str) -> BrowserError:
        last_words = self._log.read_text(errors="replace")[-LAST_WORDS:]
        return BrowserError(f"{method}: Chromium has ended. It said last:\n{last_words}")

    def open(self, url: str, *, width: int = 1280, height: int = 800) -> Page:
        """Open a window that shares nothing with the others, and wait until it has loaded.

        Args:
            url: Where to.
            width: The window's width, in CSS pixels.
            height: Its height.
        """
        context = self.command("Target.createBrowserContext")["browserContextId"]
        target = self.command(
            "Target.createTarget", url="about:blank", browserContextId=context, newWindow=True
        )["targetId"]
        session = self.command("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.command(
            "Emulation.setDeviceMetricsOverride",
            session,
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        page = Page(self, session)
        page.go(url)
        return page

    def close(self) -> None:
        """End Chromium with all of its processes."""
        os.close(self._out)  # the end of its commands: it takes this as a request to end
        deadline = time.monotonic() + END_PATIENCE
        while select.select([self._in], [], [], max(0.0, deadline - time.monotonic()))[0]:
            if not os.read(self._in, CHUNK):
                break  # it has ended
        os.close(self._in)
        try:
            os.killpg(self._pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # nothing was left
        os.waitpid(self._pid, 0)


class Page:
    """A window.

    Args:
        browser: The browser that it belongs to.
        session: What the browser calls it.
    """

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    def go(self, url: str) -> None:
        """Go to an address and wait until the page has loaded."""
        failure = self._browser.command("Page.navigate", self._session, url=url).get("errorText")
        if failure:
            raise BrowserError(f"{url}: {failure}")
        self.wait_for(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression; if it is a promise, what becomes of it."""
        answer = self._browser.command(
            "Runtime.evaluate",
            self._session,
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise BrowserError(details.get("exception", details).get("description", expression))
        return answer["result"].get("value")

    def wait_for(self, condition: str) -> None:
        """Wait until a JavaScript condition holds in the page.

        Raises:
            BrowserError: It did not within PAGE_PATIENCE; the message shows what the page says.
        """
        promise = """
            new Promise((resolve) => {
              const deadline = performance.now() + %d;
              const look = () => {
                if (%s) resolve(true);
                else if (performance.now() > deadline) resolve(false);
                else setTimeout(look, 20);
              };
              look();
            })
        """
        if not self.evaluate(promise % (PAGE_PATIENCE * 1000, condition)):
            raise BrowserError(
                f"Not within {PAGE_PATIENCE:g} seconds: {condition}\nThe page says:\n"
                + str(self.evaluate("document.body.innerText"))
            )

    def type(self, selector: str, text: str) -> None:
        """Type text into a field."""
        self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        self._browser.command("Input.insertText", self._session, text=text)

    def press_enter(self) -> None:
        """Press and release the Enter key where the focus is."""
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
        for kind, more in (("keyDown", {"text": "\r"}), ("keyUp", {})):
            self._browser.command("Input.dispatchKeyEvent", self._session, type=kind, **key, **more)

    def click(self, selector: str) -> None:
        """Press and release the mouse in the middle of an element."""
        x, y = self.evaluate(
            f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])"
            f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self._browser.command(
                "Input.dispatchMouseEvent",
                self._session,
                type=kind,
                x=x,
                y=y,
                button="left",
                clickCount=1,
            )


@contextmanager
def running_chromium(profile: Path) -> Iterator[Browser]:
    """Run Chromium for the time of the block."""
    browser = Browser(profile)
    try:
        yield browser
    finally:
        browser.close()

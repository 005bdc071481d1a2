"""Somebody who follows a page of the documentation: types what it says, and looks at what comes.

On a page, a code block with a title is a file, and a ``console`` block holds what a reader types
(after ``$ ``) and sees. ``samovar run`` and ``samovar serve`` start a real server; ``curl`` is
played by http.client, so that it need not be installed; other commands run as they are.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import urllib.parse
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path

from tests.support.programs import SAMOVAR, Program, started

ADDRESS = "http://127.0.0.1:5000"
LINK = re.compile(r"http://127\.0\.0\.1:(?:5000|8000)(/.*|)")
"""Where apps are by default, and folders."""
PATIENCE = 30  # seconds for an answer to come, or for a command to end

BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
TYPED = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)


@dataclass
class Step:
    """What a page has the reader do: write a file, or type a command and see something."""

    file: str = ""
    text: str = ""
    command: str = ""


def steps(page: Path) -> list[Step]:
    """Return what a page has the reader do, in its order."""
    found = []
    for language, title, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        if title:
            found.append(Step(file=title, text=text))
        elif language == "console":
            found += [Step(command=command, text=seen) for command, seen in TYPED.findall(text)]
    return found


def matches(seen: str, expected: str) -> bool:
    """Compare; three dots stand for anything in a line, alone in a line for any lines or none.

    Blanks at the end of a line cannot be seen, nor empty lines before and after.
    """
    pattern = ""
    for line in expected.strip("\n").split("\n"):
        if line == "...":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += ".*?".join(re.escape(part) for part in line.split("...")) + r"[ \t]*\n"
    return re.fullmatch(pattern, seen.strip("\n") + "\n") is not None


@dataclass
class Curl:
    """A request as a curl command says it; the options that the pages use."""

    target: str = ""
    method: str = ""
    show_head: bool = False
    keep_cookies: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None

    @classmethod
    def read(cls, words: list[str]) -> Curl:
        """Understand the words after ``curl``."""
        curl = cls()
        pairs = []
        rest = iter(words)
        for word in rest:
            match word:
                case "-i":
                    curl.show_head = True
                case "-b" | "-c":
                    curl.keep_cookies = bool(next(rest))
                case "-X":
                    curl.method = next(rest)
                case "-H":
                    name, _, value = next(rest).partition(": ")
                    curl.headers[name] = value
                case "-d":
                    pairs.append(next(rest))
                case "-F":
                    curl.upload(*next(rest).split("=@"))
                case _:
                    found = LINK.fullmatch(word)
                    assert found, f"what is {word!r}?"
                    curl.target = found[1]
        if pairs:
            curl.post(pairs)
        curl.method = curl.method or ("GET" if curl.body is None else "POST")
        return curl

    def post(self, pairs: list[str]) -> None:
        """Send what follows ``-d``: as a form, unless a header field says otherwise."""
        if "Content-Type" in self.headers:
            self.body = "&".join(pairs).encode()
            return
        self.headers["Content-Type"] = "application/x-www-form-urlencoded"
        fields = [pair.partition("=") for pair in pairs]
        self.body = urllib.parse.urlencode([(name, text) for name, _, text in fields]).encode()

    def upload(self, name: str, filename: str) -> None:
        """Send a file, as a browser's form does."""
        self.headers["Content-Type"] = "multipart/form-data; boundary=cut"
        disposition = f'Content-Disposition: form-data; name="{name}"; filename="{filename}"'
        self.body = f"--cut\r\n{disposition}\r\n\r\ncontent\r\n--cut--\r\n".encode()


class Reader:
    """Follows one page in a folder of their own. Use it in a ``with`` block."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.jar: SimpleCookie = SimpleCookie()
        self.run_command = ""
        self.server: Program | None = None
        self._running = ExitStack()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def write(self, name: str, text: str) -> None:
        """Save a file; a server that runs is started anew before the next request."""
        self.stop()
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def type(self, command: str) -> str:
        """Run a command and return what it prints."""
        words = shlex.split(command)
        starts = words[0] == "samovar" and words[1] in ("run", "serve")
        if starts and "--help" not in words:
            self.stop()
            self.run_command = command
            return ""
        if words[0] == "curl":
            return self.ask(Curl.read(words[1:]))
        programs: dict[str, Sequence[str]] = {"samovar": SAMOVAR, "python": [sys.executable]}
        done = subprocess.run(
            [*programs[words[0]], *words[1:]],
            cwd=self.folder,
            env={**os.environ, "COLUMNS": "80"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def ask(self, curl: Curl) -> str:
        """Send a request to the server and return what curl would print."""
        server = self.start()
        headers = dict(curl.headers)
        if curl.keep_cookies and self.jar:
            headers["Cookie"] = "; ".join(f"{k}={crumb.value}" for k, crumb in self.jar.items())
        connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        try:
            connection.request(curl.method, curl.target, curl.body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        if curl.keep_cookies:
            for cookie in response.headers.get_all("Set-Cookie", []):
                self.jar.load(cookie)
        if curl.show_head:
            head = "".join(f"{name}: {value}\n" for name, value in response.headers.items())
            text = f"HTTP/1.1 {response.status} {response.reason}\n{head}\n{text}"
        return text.replace(server.url, ADDRESS)

    def start(self) -> Program:
        """Start the server that the page named last, if it does not run."""
        if self.server is None:
            words = [*shlex.split(self.run_command)[1:], "--port", "0"]
            program = started([*SAMOVAR, *words], cwd=self.folder)
            self.server = self._running.enter_context(program)
        return self.server

    def stop(self) -> None:
        """Stop the server, if it runs."""
        self.server = None
        self._running.close()

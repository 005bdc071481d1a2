"""A visitor of a program: a small browser without a screen."""

from __future__ import annotations

import json
import re
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tests.support.programs import Answer, Program

BOUNDARY = "between-two-parts"


class Upload(NamedTuple):
    """A file that is sent with a form."""

    field: str
    name: str
    content: bytes


class Visitor:
    """Makes requests and keeps cookies; it follows no redirects.

    Attributes:
        program: Who is visited.
        cookies: The cookies that it keeps, by name.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, target: str, body: bytes | None = None, /, **fields: str) -> Answer:
        """Make a request; an underscore in a field's name stands for a dash."""
        sent = {name.replace("_", "-"): value for name, value in fields.items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.program.ask(target, method, body, sent)
        for line in answer.fields.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or morsel["expires"].endswith(" 1970 00:00:00 GMT"):
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return answer

    def get(self, target: str, /, **fields: str) -> Answer:
        """Make a GET request."""
        return self.ask("GET", target, **fields)

    def post(self, target: str, **form: str) -> Answer:
        """Send a form."""
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", target, urlencode(form).encode(), Content_Type=kind)

    def post_json(self, target: str, value: Any) -> Answer:
        """Send a value as JSON."""
        return self.ask("POST", target, json.dumps(value).encode(), Content_Type="application/json")

    def upload(self, target: str, file: Upload, **form: str) -> Answer:
        """Send a form with a file."""
        parts = [
            f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}'.encode()
            for key, value in form.items()
        ]
        start = f'Content-Disposition: form-data; name="{file.field}"; filename="{file.name}"\r\n'
        kind = b"Content-Type: application/octet-stream\r\n\r\n"
        parts.append(start.encode() + kind + file.content)
        mark = f"--{BOUNDARY}".encode()
        body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
        multipart = f"multipart/form-data; boundary={BOUNDARY}"
        return self.ask("POST", target, body, Content_Type=multipart)


def found(pattern: str, text: str) -> str:
    """Return the first group of a pattern's first match."""
    match = re.search(pattern, text)
    assert match, f"no {pattern!r} in {text}"
    return match[1]

"""A conversation with a program over a real socket, and what of its answers can be compared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from http.client import HTTPMessage
from http.cookies import SimpleCookie
from typing import Any, NamedTuple

from itsdangerous import BadSignature, URLSafeTimedSerializer

from tests.support.programs import Program

SECRET_KEY = "only-for-this-test"
"""What the programs with a signed session have as their secret key."""

SERVER_FIELDS = frozenset({"connection", "date", "keep-alive", "server", "transfer-encoding"})
"""Fields that belong to the server and not to the program: who it is, what time it is, and how
it carries a message (Werkzeug's development server closes every connection, ours keeps it)."""

UNORDERED_FIELDS = frozenset({"allow", "vary"})
"""Fields whose members have no order (RFC 9110, 10.2.1 and 12.5.5)."""


class Ask(NamedTuple):
    """A request.

    Attributes:
        target: The request target.
        method: The request method.
        fields: Field lines beside those that the client adds itself.
        body: The message body.
        repeat: Fields to fill from the answer before: ours by the answer's name.
        changing: What differs from one run to the next and is not compared.
    """

    target: str
    method: str = "GET"
    fields: Mapping[str, str] = {}
    body: bytes | None = None
    repeat: Mapping[str, str] = {}
    changing: str | None = None


class Answer(NamedTuple):
    """What came back, without what cannot be equal."""

    status: int
    fields: list[tuple[str, str]]
    body: str


def form(target: str, body: str) -> Ask:
    """Return the request that a browser makes of a form."""
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return Ask(target, "POST", kind, body.encode())


def upload(target: str, field: str, filename: str, content: bytes) -> Ask:
    """Return the request that a browser makes of a form with a file."""
    body = (
        b"--limit\r\n"
        b'Content-Disposition: form-data; name="%s"; filename="%s"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n%s\r\n--limit--\r\n"
    ) % (field.encode(), filename.encode(), content)
    return Ask(target, "POST", {"Content-Type": "multipart/form-data; boundary=limit"}, body)


class Browser:
    """A client that keeps cookies and follows no redirect.

    Args:
        program: The program to talk to.
        cookies: The cookies to begin with.
    """

    def __init__(self, program: Program, cookies: Mapping[str, str] | None = None) -> None:
        self.program = program
        self.cookies = dict(cookies or {})
        self._last: HTTPMessage | None = None

    def ask(self, ask: Ask) -> Answer:
        """Make one request."""
        answer = self.program.ask(ask.target, ask.method, ask.body, self._fields(ask))
        self._last = answer.fields
        self._keep_cookies(answer.fields)
        return Answer(
            answer.status,
            sorted(
                (name.lower(), self._comparable(name.lower(), value))
                for name, value in answer.fields.items()
                if name.lower() not in SERVER_FIELDS
            ),
            self._masked(answer.body.decode("utf-8", "backslashreplace"), ask.changing),
        )

    def ask_all(self, asks: Iterable[Ask]) -> list[Answer]:
        """Make the requests one after the other."""
        return [self.ask(ask) for ask in asks]

    def _fields(self, ask: Ask) -> dict[str, str]:
        fields = {"User-Agent": "lesson", **ask.fields}
        for name, source in ask.repeat.items():
            assert self._last is not None, "there is no answer to repeat from"
            fields[name] = self._last[source]
        if self.cookies:
            fields["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return fields

    def _keep_cookies(self, headers: HTTPMessage) -> None:
        for line in headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value

    def _comparable(self, name: str, value: str) -> str:
        if name in UNORDERED_FIELDS:
            return ", ".join(sorted(part.strip() for part in value.split(",")))
        if name == "set-cookie":
            cookie, _, attributes = value.partition(";")
            key, _, content = cookie.partition("=")
            expires = re.sub(r"Expires=(?!Thu, 01 Jan 1970)[^;]*", "Expires=(later)", attributes)
            return f"{key}={session_content(content)};{expires}"
        return self._masked(value, None)

    def _masked(self, text: str, changing: str | None) -> str:
        text = text.replace(f":{self.program.port}/", ":PORT/")
        return re.sub(changing, "(changing)", text) if changing else text


def session_content(cookie: str) -> str:
    """Return what a session cookie says as JSON; ``""`` as it is, and else ``(number)``."""
    signed = URLSafeTimedSerializer(
        SECRET_KEY,
        salt="cookie-session",
        signer_kwargs={"key_derivation": "hmac"},
    )
    try:
        content: Any = signed.loads(cookie)
    except BadSignature:
        return "(number)" if cookie else ""
    return json.dumps(content, sort_keys=True)

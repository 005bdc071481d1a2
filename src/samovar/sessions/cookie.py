"""The default sessions: the content travels in a signed cookie.

Browsers can read it and cannot change it. The format is Flask's: an app may move between the two
with its users logged in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from itsdangerous import BadSignature
from werkzeug.wrappers import Request, Response

from samovar.json.tag import TaggedJSONSerializer
from samovar.sessions.interface import (
    SecureCookieSession,
    SessionInterface,
    SessionMixin,
    vary_by_cookie,
)
from samovar.sessions.signing import CookieSerializer, payload_text
from samovar.typing import Application

session_json_serializer = TaggedJSONSerializer()
"""Writes the content of session cookies, for all apps that bring no other."""


def _lazy_sha1(string: bytes = b"") -> Any:
    """Return a SHA-1 hash; it is looked for at its use, for some builds of Python have none."""
    return hashlib.sha1(string)


def may_be_permanent(cookie: bytes) -> bool:
    """Say whether a session cookie, which is not verified, may be of a permanent session."""
    text = payload_text(cookie)
    return text is None or b'"_permanent"' in text


class SecureCookieSessionInterface(SessionInterface):
    """Keeps sessions in signed cookies.

    The class attributes may be replaced; each request follows them as they are.
    """

    salt: str = "cookie-session"
    """Mixed into the key, so that what else the secret key signs is no session."""

    digest_method: Callable[..., Any] = staticmethod(_lazy_sha1)
    """The hash function of the signature (RFC 2104; its strength does not rest on collisions)."""

    key_derivation: str = "hmac"
    """How itsdangerous makes the key from the secret key and the salt."""

    serializer: Any = session_json_serializer
    """Writes and reads the content: anything with ``dumps`` and ``loads``."""

    session_class: type[SecureCookieSession] = SecureCookieSession
    """The class of sessions."""

    # What the last serializer was made from, and the serializer.
    _last: tuple[tuple[Any, ...], CookieSerializer] | None = None

    def get_signing_serializer(self, app: Application) -> CookieSerializer | None:
        """Return what signs and reads the app's cookies, or None without a secret key.

        It signs with the secret key, and reads what SECRET_KEY_FALLBACKS signed as well.
        """
        secret_key = app.secret_key
        if not secret_key:
            return None
        settings = (
            # itsdangerous signs with the last key.
            (*(app.config["SECRET_KEY_FALLBACKS"] or ()), secret_key),
            self.salt,
            self.serializer,
            self.key_derivation,
            self.digest_method,
        )
        # PERF: a serializer derives its keys at its first use; kept, reading a cookie costs 7 µs,
        # and 13 µs with a new one. The pair is replaced as a whole, so that threads see either.
        last = self._last
        if last is None or last[0] != settings:
            last = self._last = (settings, self._make_serializer(*settings))
        return last[1]

    def _make_serializer(
        self,
        keys: tuple[str | bytes, ...],
        salt: str,
        serializer: Any,
        key_derivation: str,
        digest_method: Callable[..., Any],
    ) -> CookieSerializer:
        return CookieSerializer(
            list(keys),
            salt=salt,
            serializer=serializer,
            signer_kwargs={"key_derivation": key_derivation, "digest_method": digest_method},
        )

    def open_session(self, app: Application, request: Request) -> SecureCookieSession | None:
        """Return the session in the request's cookie.

        Returns:
            The session: an empty one where there is no cookie, or one that we did not sign, or
            one that is older than PERMANENT_SESSION_LIFETIME. None without a secret key.
        """
        signing = self.get_signing_serializer(app)
        if signing is None:
            return None
        value = request.cookies.get(self.get_cookie_name(app))
        if not value:
            return self.session_class()
        max_age = int(app.permanent_session_lifetime.total_seconds())
        try:
            return self.session_class(signing.loads(value, max_age=max_age))
        except BadSignature:
            return self.session_class()

    def unopened_matters(self, app: Application, cookies: Iterable[bytes]) -> bool:
        """Say whether a session that nobody opened may have to be saved: a permanent one, renewed.

        Nothing is verified here: this only saves opening sessions that are surely not permanent.

        PERF: costs 2 us, and opening the session 15 us.

        Args:
            app: The app.
            cookies: The values of the request's Cookie fields.
        """
        if not app.config["SESSION_REFRESH_EACH_REQUEST"]:
            return False
        start = self.get_cookie_name(app).encode("utf-8", "replace") + b"="
        for value in cookies:
            for cookie in value.split(b";") if start in value else ():
                if cookie.strip().startswith(start):
                    if self.serializer is not session_json_serializer:
                        return True
                    if may_be_permanent(cookie.partition(b"=")[2].strip()):
                        return True
        return False

    def save_session(self, app: Application, session: SessionMixin, response: Response) -> None:
        """Put the session's cookie into the response, where it changed or is to be refreshed.

        A session that was emptied makes the browser forget its cookie.
        """
        if session.accessed:
            vary_by_cookie(response)
        if not session:
            if session.modified:
                self._delete_cookie(app, response)
            return
        if not self.should_set_cookie(app, session):
            return
        signing = self.get_signing_serializer(app)
        if signing is None:
            raise RuntimeError("There is a session to save, but app.secret_key was removed.")
        self._set_cookie(app, session, response, signing.dumps(dict(session)))

"""``flask.sessions``."""

from __future__ import annotations

from samovar.sessions import NullSession as NullSession
from samovar.sessions import SecureCookieSession as SecureCookieSession
from samovar.sessions import SecureCookieSessionInterface as SecureCookieSessionInterface
from samovar.sessions import SessionInterface as SessionInterface
from samovar.sessions import SessionMixin as SessionMixin
from samovar.sessions import session_json_serializer as session_json_serializer

"""Sessions: what an app remembers about a browser from one request to the next.

:mod:`~samovar.sessions.interface` says what a session is and how to keep it elsewhere,
:mod:`~samovar.sessions.cookie` keeps it in a signed cookie, which is the default, and
:mod:`~samovar.sessions.files` (not imported unless asked for) in files of the server.
"""

from __future__ import annotations

from samovar.sessions.cookie import SecureCookieSessionInterface as SecureCookieSessionInterface
from samovar.sessions.cookie import session_json_serializer as session_json_serializer
from samovar.sessions.interface import NullSession as NullSession
from samovar.sessions.interface import SecureCookieSession as SecureCookieSession
from samovar.sessions.interface import SessionInterface as SessionInterface
from samovar.sessions.interface import SessionMixin as SessionMixin

"""``flask.sessions``."""

from __future__ import annotations

import collections.abc as cabc
import hashlib as hashlib
import typing as t
from collections.abc import MutableMapping as MutableMapping
from datetime import datetime as datetime
from datetime import timezone as timezone

from itsdangerous import BadSignature as BadSignature
from itsdangerous import URLSafeTimedSerializer as URLSafeTimedSerializer
from werkzeug.datastructures import CallbackDict as CallbackDict

from samovar.json.tag import TaggedJSONSerializer as TaggedJSONSerializer
from samovar.sessions import NullSession as NullSession
from samovar.sessions import SecureCookieSession as SecureCookieSession
from samovar.sessions import SecureCookieSessionInterface as SecureCookieSessionInterface
from samovar.sessions import SessionInterface as SessionInterface
from samovar.sessions import SessionMixin as SessionMixin
from samovar.sessions import session_json_serializer as session_json_serializer
from samovar.sessions.cookie import _lazy_sha1 as _lazy_sha1

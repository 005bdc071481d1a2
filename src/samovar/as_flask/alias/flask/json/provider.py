"""``flask.json.provider``."""

from __future__ import annotations

from samovar.json.provider import DefaultJSONProvider as DefaultJSONProvider
from samovar.json.provider import JSONProvider as JSONProvider

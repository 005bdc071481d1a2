"""``flask.json``."""

from __future__ import annotations

import json as _json
import typing as t

from samovar.current import current_app as current_app
from samovar.json import dump as dump
from samovar.json import dumps as dumps
from samovar.json import jsonify as jsonify
from samovar.json import load as load
from samovar.json import loads as loads
from samovar.json.provider import _default as _default

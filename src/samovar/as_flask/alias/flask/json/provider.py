"""``flask.json.provider``."""

from __future__ import annotations

import dataclasses as dataclasses
import decimal as decimal
import json as json
import typing as t
import uuid as uuid
import weakref as weakref
from datetime import date as date

from werkzeug.http import http_date as http_date

from samovar.json.provider import DefaultJSONProvider as DefaultJSONProvider
from samovar.json.provider import JSONProvider as JSONProvider
from samovar.json.provider import _default as _default

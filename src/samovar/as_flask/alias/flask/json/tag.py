"""``flask.json.tag``."""

from __future__ import annotations

import typing as t
from base64 import b64decode as b64decode
from base64 import b64encode as b64encode
from datetime import datetime as datetime
from uuid import UUID as UUID

from markupsafe import Markup as Markup
from werkzeug.http import http_date as http_date
from werkzeug.http import parse_date as parse_date

from samovar.json import dumps as dumps
from samovar.json import loads as loads
from samovar.json.tag import JSONTag as JSONTag
from samovar.json.tag import PassDict as PassDict
from samovar.json.tag import PassList as PassList
from samovar.json.tag import TagBytes as TagBytes
from samovar.json.tag import TagDateTime as TagDateTime
from samovar.json.tag import TagDict as TagDict
from samovar.json.tag import TaggedJSONSerializer as TaggedJSONSerializer
from samovar.json.tag import TagMarkup as TagMarkup
from samovar.json.tag import TagTuple as TagTuple
from samovar.json.tag import TagUUID as TagUUID

"""``flask.json.tag``."""

from __future__ import annotations

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

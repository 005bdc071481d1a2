"""``flask.config``."""

from __future__ import annotations

from werkzeug.utils import import_string as import_string

from samovar.config import Config as Config
from samovar.config import ConfigAttribute as ConfigAttribute

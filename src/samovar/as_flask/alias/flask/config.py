"""``flask.config``."""

from __future__ import annotations

import errno as errno
import json as json
import os as os
import types as types
import typing as t

from werkzeug.utils import import_string as import_string

from samovar.as_flask.incidental import T as T
from samovar.config import Config as Config
from samovar.config import ConfigAttribute as ConfigAttribute

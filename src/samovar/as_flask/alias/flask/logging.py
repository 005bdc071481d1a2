"""``flask.logging``."""

from __future__ import annotations

import logging as logging
import sys as sys
import typing as t

from werkzeug.local import LocalProxy as LocalProxy

from samovar.context import request as request
from samovar.logging import create_logger as create_logger
from samovar.logging import default_handler as default_handler
from samovar.logging import has_level_handler as has_level_handler
from samovar.logging import wsgi_errors_stream as wsgi_errors_stream

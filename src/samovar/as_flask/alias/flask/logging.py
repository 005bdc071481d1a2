"""``flask.logging``."""

from __future__ import annotations

from samovar.logging import create_logger as create_logger
from samovar.logging import default_handler as default_handler
from samovar.logging import has_level_handler as has_level_handler
from samovar.logging import wsgi_errors_stream as wsgi_errors_stream

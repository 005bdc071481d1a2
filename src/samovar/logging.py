"""The app's logger, and where it writes while the program says nothing else."""

from __future__ import annotations

import logging
import sys
from typing import TextIO, cast

from werkzeug.local import LocalProxy

from samovar.context import has_request_context, request
from samovar.typing import Application


def _errors_stream() -> TextIO:
    if has_request_context():
        return cast(TextIO, request.environ["wsgi.errors"])
    return sys.stderr


# A proxy looks like a TextIO to whoever uses it.
wsgi_errors_stream = cast(TextIO, LocalProxy(_errors_stream))
"""The stream for errors of the moment: ``wsgi.errors`` of the current request (PEP 3333), else
``sys.stderr``. A handler may be made with it: ``StreamHandler(wsgi_errors_stream)``."""

default_handler = logging.StreamHandler(wsgi_errors_stream)
"""Writes to :data:`wsgi_errors_stream`. An app's logger gets it where nothing else would handle
its messages."""

default_handler.setFormatter(
    logging.Formatter("[%(asctime)s] %(levelname)s in %(module)s: %(message)s")
)


def has_level_handler(logger: logging.Logger) -> bool:
    """Say whether a handler on the way to the root logger takes the logger's messages.

    Args:
        logger: The logger, whose effective level says which messages it lets through.
    """
    level = logger.getEffectiveLevel()
    current: logging.Logger | None = logger
    while current is not None:
        if any(handler.level <= level for handler in current.handlers):
            return True
        current = current.parent if current.propagate else None
    return False


def create_logger(app: Application) -> logging.Logger:
    """Return the logger of an app's name, ready for use.

    In debug mode it lets everything through, unless it has a level; it gets
    :data:`default_handler` where no other handler would take its messages.
    """
    logger = logging.getLogger(app.name)
    if app.debug and not logger.level:
        logger.setLevel(logging.DEBUG)
    if not has_level_handler(logger):
        logger.addHandler(default_handler)
    return logger

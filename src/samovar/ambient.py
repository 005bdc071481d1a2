"""Where the running code stands: the one variable behind ``request``, ``g`` and ``current_app``.

It lies below everything that asks "which app?", so that requests and responses can find their
configuration without importing the contexts, which are made of them
(:mod:`samovar.context`).
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Protocol

from samovar.typing import Application

NO_APP = """\
Working outside of application context.

What you used needs to know which app it belongs to: while a request is answered it knows by
itself. Elsewhere, in a script or a test, say so:

    with app.app_context():
        ...\
"""


NO_REQUEST = """\
Working outside of request context.

What you used needs a request that is being answered: call it from a view function, or from a
function that a view calls. To try it in a test or a shell, make a request up:

    with app.test_request_context("/path"):
        ...\
"""


class Standpoint(Protocol):
    """What :data:`innermost` holds: the contexts that are current together."""

    @property
    def app(self) -> Application:
        """The current app; RuntimeError where there is none."""
        ...

    @property
    def app_ctx(self) -> Any:
        """The current application context, or None."""
        ...

    @property
    def request_ctx(self) -> Any:
        """The current request context, or None."""
        ...


# PERF: one variable for both contexts: a request costs one set and one reset.
innermost: ContextVar[Standpoint] = ContextVar("samovar.innermost")


def application_or_none() -> Application | None:
    """Return the current app, or None outside of an application context."""
    here = innermost.get(None)
    if here is None:
        return None
    try:
        return here.app
    except RuntimeError:
        return None


def current_application() -> Application:
    """Return the current app.

    Raises:
        RuntimeError: There is none.
    """
    here = innermost.get(None)
    if here is None:
        raise RuntimeError(NO_APP)
    return here.app

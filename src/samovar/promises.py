"""What the parts of an app promise each other, before each of them is there.

:class:`~samovar.app.App` is written in halves that stand above each other: registration
(:mod:`samovar.core`), URLs (:mod:`samovar.urls`), requests (:mod:`samovar.app`). A lower one calls
what an upper one defines; here is what that may be.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn

from werkzeug.routing import MapAdapter

from samovar.blueprints import BlueprintHost
from samovar.context import AppContext, RequestContext
from samovar.request import Request
from samovar.response import Response

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
"""What :func:`sys.exc_info` returns."""


class AppPromises(BlueprintHost):
    """What :class:`~samovar.app.App` has beyond what it registers.

    Attributes:
        replaced: The names of those methods that the program put something else in the place of.
        converts_async: Whether the program has its own way to call ``async def`` functions.
        session_opens_late: Whether nobody can tell if a session is opened at its first use, as
            with the sessions that come with the app.
    """

    _replaced: frozenset[str] = frozenset()
    _converts_async: bool = False
    _session_opens_late: bool = False

    @abstractmethod
    def app_context(self) -> AppContext:
        """Return a new application context."""

    @abstractmethod
    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Bind the URL map to a request, or to SERVER_NAME."""

    @abstractmethod
    def do_teardown_appcontext(self, exc: BaseException | None = ...) -> None:
        """Call the functions for the end of an application context."""

    @abstractmethod
    def do_teardown_request(self, exc: BaseException | None = ...) -> None:
        """Call the functions for the end of a request."""

    @abstractmethod
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a plain function that does what ``func``, plain or ``async def``, does."""

    @abstractmethod
    def log_exception(self, exc_info: ExcInfo) -> None:
        """Log an error that nobody handled, with its traceback."""

    @abstractmethod
    def make_default_options_response(self) -> Response:
        """Answer OPTIONS with the methods that the URL takes."""

    @abstractmethod
    def make_response(self, rv: Any) -> Response:
        """Return a response of what a view returned."""

    @abstractmethod
    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Raise why no rule matched."""

    @abstractmethod
    def test_request_context(self, *args: Any, **kwargs: Any) -> RequestContext:
        """Return the context of a request that is made up."""

    @abstractmethod
    def update_template_context(self, context: dict[str, Any]) -> None:
        """Add what the context processors offer to a template's names."""

    @abstractmethod
    def url_for(
        self,
        /,
        endpoint: str,
        *,
        _anchor: str | None = None,
        _method: str | None = None,
        _scheme: str | None = None,
        _external: bool | None = None,
        **values: Any,
    ) -> str:
        """Return the URL of an endpoint."""

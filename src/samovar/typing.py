"""The types that programs and the framework's floors share.

The aliases say what view functions, hooks and error handlers may take and return. They carry the
names that ``flask.typing`` gives them, so that annotations in existing programs hold.

:class:`Application` is the app as the floors below it see it: contexts, sessions, JSON and
templates need a few of its members each, and must not import :class:`samovar.app.App`, which
stands above them.
"""

from __future__ import annotations

import logging
import os
from collections.abc import (
    AsyncIterable,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any, NoReturn, Protocol, TypeVar
from wsgiref.types import StartResponse as StartResponse
from wsgiref.types import WSGIApplication as WSGIApplication

from werkzeug.datastructures import Headers
from werkzeug.routing import MapAdapter
from werkzeug.sansio.response import Response
from werkzeug.wrappers import Request as BaseRequest
from werkzeug.wrappers import Response as BaseResponse

if TYPE_CHECKING:
    # PERF: Jinja2 takes 12 of the 60 ms of an import, and an app without templates needs none.
    from jinja2 import BaseLoader
    from jinja2 import Environment as JinjaEnvironment

WSGIEnvironment = dict[str, Any]
"""The environ of a request (PEP 3333)."""

ResponseValue = (
    Response
    | str
    | bytes
    | list[Any]
    # A dict is what is accepted; Mapping lets a TypedDict through the type checker as well.
    | Mapping[str, Any]
    | Iterator[str]
    | Iterator[bytes]
    | AsyncIterable[str]
    | AsyncIterable[bytes]
)
"""What a view function may return as the body alone, or a response object."""

HeaderValue = str | list[str] | tuple[str, ...]
"""The value of one header field, or the values of several of the same name."""

HeadersValue = Headers | Mapping[str, HeaderValue] | Sequence[tuple[str, HeaderValue]]
"""Header fields as a view function may return them."""

ResponseReturnValue = (
    ResponseValue
    | tuple[ResponseValue, HeadersValue]
    | tuple[ResponseValue, int]
    | tuple[ResponseValue, int, HeadersValue]
    | WSGIApplication
)
"""Everything a view function may return."""

ResponseClass = TypeVar("ResponseClass", bound=Response)
"""A response class; a variable, so that a callback annotated with a subclass is accepted."""

AppOrBlueprintKey = str | None
"""The key of a registry: None for the app, else the name of a blueprint."""

AfterRequestCallable = (
    Callable[[ResponseClass], ResponseClass] | Callable[[ResponseClass], Awaitable[ResponseClass]]
)
BeforeFirstRequestCallable = Callable[[], None] | Callable[[], Awaitable[None]]
BeforeRequestCallable = (
    Callable[[], ResponseReturnValue | None] | Callable[[], Awaitable[ResponseReturnValue | None]]
)
ShellContextProcessorCallable = Callable[[], dict[str, Any]]
TeardownCallable = (
    Callable[[BaseException | None], None] | Callable[[BaseException | None], Awaitable[None]]
)
TemplateContextProcessorCallable = (
    Callable[[], dict[str, Any]] | Callable[[], Awaitable[dict[str, Any]]]
)
TemplateFilterCallable = Callable[..., Any]
TemplateGlobalCallable = Callable[..., Any]
TemplateTestCallable = Callable[..., bool]
URLDefaultCallable = Callable[[str, dict[str, Any]], None]
URLValuePreprocessorCallable = Callable[[str | None, dict[str, Any] | None], None]

# The parameter is Any: a handler annotated with the one exception class that it is registered
# for would not be accepted for Exception.
ErrorHandlerCallable = (
    Callable[[Any], ResponseReturnValue] | Callable[[Any], Awaitable[ResponseReturnValue]]
)
RouteCallable = Callable[..., ResponseReturnValue] | Callable[..., Awaitable[ResponseReturnValue]]


class JSONOperations(Protocol):
    """What an app's ``json`` offers; :class:`samovar.json.provider.JSONProvider` is one."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return ``obj`` as JSON text."""
        ...

    def dump(self, obj: Any, fp: IO[str], **kwargs: Any) -> None:
        """Write ``obj`` as JSON text to a file."""
        ...

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Return what the JSON text says."""
        ...

    def load(self, fp: IO[Any], **kwargs: Any) -> Any:
        """Return what the JSON text in a file says."""
        ...

    def response(self, *args: Any, **kwargs: Any) -> Any:
        """Return a response object that carries the arguments as JSON."""
        ...


class Sessions(Protocol):
    """What opens and saves sessions; :class:`samovar.sessions.SessionInterface` is one."""

    def open_session(self, app: Any, request: Any) -> Any:
        """Return the session of a request, or None where there can be none."""
        ...

    def make_null_session(self, app: Any) -> Any:
        """Return what stands in where :meth:`open_session` returned None."""
        ...

    def is_null_session(self, obj: object) -> bool:
        """Say whether ``obj`` came from :meth:`make_null_session`."""
        ...

    def save_session(self, app: Any, session: Any, response: Any) -> None:
        """Write the session's cookie, where one is due, to the response."""
        ...


class Scaffolding(Protocol):
    """What an app and a blueprint have in common, as templates and error texts need it."""

    @property
    def name(self) -> str:
        """The name, for people and for endpoints."""
        ...

    @property
    def import_name(self) -> str:
        """The import name of the module that made the object."""
        ...

    @property
    def root_path(self) -> str:
        """The folder of that module, absolute."""
        ...

    @property
    def jinja_loader(self) -> BaseLoader | None:
        """What loads templates from the object's own folder, or None where it has none."""
        ...


class Application(Scaffolding, Protocol):
    """The app, as the floors below :mod:`samovar.app` see it.

    Members are read-only here; the app's own may be assigned to. They are read at each use and
    never kept, because programs replace them at any time.
    """

    @property
    def config(self) -> dict[str, Any]:
        """The configuration."""
        ...

    @property
    def debug(self) -> bool:
        """Whether debug mode is on."""
        ...

    @property
    def testing(self) -> bool:
        """Whether testing mode is on."""
        ...

    @property
    def secret_key(self) -> str | bytes | None:
        """The key that signs sessions, or None where the program set none."""
        ...

    @property
    def permanent_session_lifetime(self) -> timedelta:
        """How long a permanent session lasts."""
        ...

    @property
    def logger(self) -> logging.Logger:
        """The app's logger, configured at its first use."""
        ...

    @property
    def json(self) -> JSONOperations:
        """The app's JSON provider."""
        ...

    @property
    def session_interface(self) -> Sessions:
        """What opens and saves sessions."""
        ...

    @property
    def request_class(self) -> type[BaseRequest]:
        """The class of request objects."""
        ...

    @property
    def response_class(self) -> type[BaseResponse]:
        """The class of response objects."""
        ...

    @property
    def app_ctx_globals_class(self) -> type[Any]:
        """The class of ``g``."""
        ...

    @property
    def jinja_env(self) -> JinjaEnvironment:
        """The template environment, made at its first use."""
        ...

    @property
    def aborter(self) -> Callable[..., NoReturn]:
        """What :func:`samovar.abort` calls."""
        ...

    @property
    def extensions(self) -> dict[str, Any]:
        """The state of extensions, by name."""
        ...

    @property
    def blueprints(self) -> Mapping[str, Scaffolding]:
        """The registered blueprints, by registered name."""
        ...

    def app_context(self) -> AbstractContextManager[Any]:
        """Return a new application context."""
        ...

    def create_global_jinja_loader(self) -> BaseLoader:
        """Return the loader of the template environment."""
        ...

    def create_url_adapter(self, request: Any) -> MapAdapter | None:
        """Bind the URL map to a request, or to SERVER_NAME for None."""
        ...

    def do_teardown_appcontext(self, exc: Any = ...) -> None:
        """Call the functions registered with ``teardown_appcontext``."""
        ...

    def do_teardown_request(self, exc: Any = ...) -> None:
        """Call the functions registered with ``teardown_request``."""
        ...

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a plain function that does what ``func``, plain or async, does."""
        ...

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Return how long browsers may keep a file, in seconds, or None to ask each time."""
        ...

    def iter_blueprints(self) -> Iterable[Scaffolding]:
        """Return the blueprints in the order of their registration."""
        ...

    def make_response(self, rv: Any) -> Any:
        """Return a response object of what a view function returned."""
        ...

    def open_resource(self, resource: str, mode: str = ..., encoding: str | None = ...) -> IO[Any]:
        """Open a file that lies beside the app's module; the caller closes it."""
        ...

    def redirect(self, location: str, code: int = ...) -> BaseResponse:
        """Return a response that sends the client elsewhere."""
        ...

    def update_template_context(self, context: dict[str, Any]) -> None:
        """Add what the context processors offer, without replacing what is there."""
        ...

    def url_for(
        self,
        endpoint: str,
        *,
        _anchor: str | None = ...,
        _method: str | None = ...,
        _scheme: str | None = ...,
        _external: bool | None = ...,
        **values: Any,
    ) -> str:
        """Return the URL of an endpoint."""
        ...


StrPath = str | os.PathLike[str]
"""A path in a file system."""

"""The request object: Werkzeug's, and what Flask's adds, born from an environ or an exchange."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import IO, Any, Generic, Protocol, Self, TypeVar, cast, overload

from werkzeug.datastructures import EnvironHeaders, Headers
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.routing import Rule
from werkzeug.sansio.utils import get_host
from werkzeug.utils import cached_property
from werkzeug.wrappers import Request as RequestBase
from werkzeug.wsgi import _get_server, get_input_stream

from samovar.ambient import application_or_none
from samovar.exchange import Exchange
from samovar.incoming import FieldHeaders, body_stream, path_of
from samovar.typing import Application, WSGIEnvironment

T = TypeVar("T")

REMEMBERED_ENDPOINTS = 1024
"""Endpoints whose blueprints are worked out once; few programs have more."""


class _Explains(Application, Protocol):
    """What a request asks of its app beyond :class:`samovar.typing.Application`."""

    def _explain_missing_files(self, request: Request) -> None: ...


class _ActiveJSON:
    """The current app's JSON, or the standard library's where there is no app."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        app = application_or_none()
        return json.dumps(obj, **kwargs) if app is None else app.json.dumps(obj, **kwargs)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        app = application_or_none()
        return json.loads(s, **kwargs) if app is None else app.json.loads(s, **kwargs)


active_json = _ActiveJSON()


class _FromExchange(Generic[T]):
    """An attribute that Werkzeug sets when it makes a request of an environ.

    A request that was made of an exchange finds it out at the first use. It stays an ordinary
    attribute of the object in either case.
    """

    def __init__(self, find: Callable[[Request, Exchange], T]) -> None:
        self._find = find

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, request: None, owner: type) -> Self: ...
    @overload
    def __get__(self, request: Request, owner: type) -> T: ...
    def __get__(self, request: Request | None, owner: type) -> T | Self:
        if request is None:
            return self
        if request.exchange is None:
            raise AttributeError(
                f"{owner.__name__!r} object has no attribute {self._name!r}",
                name=self._name,
                obj=request,
            )
        value = request.__dict__[self._name] = self._find(request, request.exchange)
        return value


class _Limit:
    """A limit of the request body: the request's own if it was set, else the app's."""

    def __init__(self, config_key: str, doc: str) -> None:
        self._key = config_key
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, request: None, owner: type) -> Self: ...
    @overload
    def __get__(self, request: Request, owner: type) -> int | None: ...
    def __get__(self, request: Request | None, owner: type) -> int | Self | None:
        if request is None:
            return self
        own: int | None = getattr(request, "_" + self._name)
        if own is not None:
            return own
        app = application_or_none()
        limit: int | None
        limit = getattr(RequestBase, self._name) if app is None else app.config[self._key]
        return limit

    def __set__(self, request: Request, value: int | None) -> None:
        setattr(request, "_" + self._name, value)


def _is_plain(exchange: Exchange) -> bool:
    """Say whether an environ would show the fields as they are."""
    if exchange.target[:1] != b"/":
        return False
    return b"transfer-encoding" not in dict(exchange.fields)


def _find_headers(request: Request, exchange: Exchange) -> Headers:
    if _is_plain(exchange):
        return FieldHeaders(exchange.fields)
    return EnvironHeaders(request.environ)


def _find_path(request: Request, exchange: Exchange) -> str:
    if exchange.target[:1] != b"/":
        path, _ = path_of(request.environ["PATH_INFO"].encode("latin-1"))
    else:
        path, request.__dict__["query_string"] = path_of(exchange.target)
    return "/" + path.lstrip("/")


def _find_query_string(request: Request, exchange: Exchange) -> bytes:
    if exchange.target[:1] != b"/":
        query: bytes = request.environ["QUERY_STRING"].encode("latin-1")
        return query
    return exchange.target.partition(b"?")[2]


def _find_remote_addr(request: Request, exchange: Exchange) -> str | None:
    peer = exchange.peer
    return peer if isinstance(peer, str) else peer[0]


def _find_server(request: Request, exchange: Exchange) -> tuple[str, int | None] | None:
    return _get_server(request.environ)


def _find_environ(request: Request, exchange: Exchange) -> WSGIEnvironment:
    environ = exchange.environ()
    environ["werkzeug.request"] = request
    return environ


class Request(RequestBase):
    """The request that is being answered, which ``samovar.request`` stands for.

    Attributes:
        exchange: What the server handed over, or None for a request made of an environ.
        url_rule: The rule that matched, or None.
        view_args: What the rule's variables matched, or None where no rule did.
        routing_exception: Why no rule matched, or the redirect that the URL map asks for.
        json_module: Reads and writes JSON.
    """

    exchange: Exchange | None = None
    url_rule: Rule | None = None
    view_args: dict[str, Any] | None = None
    routing_exception: HTTPException | None = None
    json_module: Any = active_json

    _max_content_length: int | None = None
    _max_form_memory_size: int | None = None
    _max_form_parts: int | None = None

    max_content_length = _Limit(
        "MAX_CONTENT_LENGTH",
        "The most bytes that may be read of the body, or None; beyond it reading answers 413."
        " MAX_CONTENT_LENGTH unless a view sets it.",
    )
    max_form_memory_size = _Limit(
        "MAX_FORM_MEMORY_SIZE",
        "The most bytes of a form field that is no file, in multipart/form-data, or None."
        " MAX_FORM_MEMORY_SIZE unless a view sets it.",
    )
    max_form_parts = _Limit(  # type: ignore[assignment] # Werkzeug's is never None
        "MAX_FORM_PARTS",
        "The most parts of a multipart/form-data body, or None. MAX_FORM_PARTS unless a view sets"
        " it.",
    )

    # What Werkzeug's __init__ sets. Plain attributes to the type checker, as they are there.
    method = cast(str, _FromExchange(lambda request, exchange: exchange.method.upper()))
    scheme = cast(str, _FromExchange(lambda request, exchange: exchange.scheme))
    server = cast("tuple[str, int | None] | None", _FromExchange(_find_server))
    root_path = cast(str, _FromExchange(lambda request, exchange: exchange.root_path))
    path = cast(str, _FromExchange(_find_path))
    query_string = cast(bytes, _FromExchange(_find_query_string))
    headers = cast(Headers, _FromExchange(_find_headers))
    remote_addr = cast("str | None", _FromExchange(_find_remote_addr))
    environ = cast(WSGIEnvironment, _FromExchange(_find_environ))
    shallow = cast(bool, _FromExchange(lambda request, exchange: False))

    @classmethod
    def from_exchange(cls, exchange: Exchange) -> Self:
        """Return the request of an exchange.

        PERF: nothing is decoded, and no environ made, before it is asked for. A subclass with an
        ``__init__`` of its own is made of the environ, as it expects.
        """
        if cls.__init__ is not RequestBase.__init__:
            return cls(exchange.environ())
        request = cls.__new__(cls)
        request.exchange = exchange
        return request

    @property
    def endpoint(self) -> str | None:
        """The endpoint that matched, or None."""
        rule = self.url_rule
        return None if rule is None else cast("str | None", rule.endpoint)

    @property
    def blueprint(self) -> str | None:
        """The name that the matched blueprint is registered by, or None."""
        endpoint = self.endpoint
        if endpoint is not None and "." in endpoint:
            return endpoint.rpartition(".")[0]
        return None

    @property
    def blueprints(self) -> list[str]:
        """The names of the matched blueprint and those around it, innermost first."""
        name = self.blueprint
        return [] if name is None else blueprint_path(name)

    @cached_property
    def host(self) -> str:
        """The host that the request was made to, with the port unless it is the standard one.

        Empty where the client named none, or one that cannot be.

        Raises:
            SecurityError: It is not among the trusted hosts.
        """
        named = self.headers.get("host")
        server = self.server if named is None else None
        return get_host(self.scheme, named, server, self.trusted_hosts)

    @cached_property
    def stream(self) -> IO[bytes]:
        """The body as a file, to be read once.

        Raises:
            RequestEntityTooLarge: The body is known to be longer than ``max_content_length``.
        """
        if self.shallow:
            raise RuntimeError(
                "This request was created with 'shallow=True', reading from the input stream is"
                " disabled."
            )
        if self.exchange is not None and "environ" not in self.__dict__:
            return body_stream(self.exchange, self.max_content_length)
        return get_input_stream(self.environ, max_content_length=self.max_content_length)

    @property
    def want_form_data_parsed(self) -> bool:
        """Whether the body is looked at for a form: where it has a Content-Type."""
        return bool(self.headers.get("content-type"))

    def _load_form_data(self) -> None:
        super()._load_form_data()
        app = application_or_none()
        if app is not None and app.debug and self.mimetype != "multipart/form-data":
            if not self.files:
                cast(_Explains, app)._explain_missing_files(self)

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        """Answer 400 to a body that is not the JSON it should be; debug mode says why.

        Raises:
            BadRequest: Always (or UnsupportedMediaType, for a body of another type).
        """
        try:
            return super().on_json_loading_failed(e)
        except BadRequest as error:
            app = application_or_none()
            if app is not None and app.debug:
                raise
            raise BadRequest from error


@lru_cache(REMEMBERED_ENDPOINTS)
def scopes_of(endpoint: Any) -> tuple[str | None, ...]:
    """Return whose hooks are for an endpoint: its blueprints, innermost first, and the app (None).

    >>> scopes_of("a.b.view")
    ('a.b', 'a', None)
    """
    if endpoint is None or "." not in endpoint:
        return (None,)
    return (*blueprint_path(endpoint.rpartition(".")[0]), None)


def blueprint_path(name: str) -> list[str]:
    """Return a blueprint's registered name and those around it, innermost first.

    >>> blueprint_path("a.b")
    ['a.b', 'a']
    """
    names = [name]
    while "." in name:
        name = name.rpartition(".")[0]
        names.append(name)
    return names

"""The URLs of an app: matching what comes in, building what goes out."""

from __future__ import annotations

import sys
import warnings
from typing import Any, NoReturn
from urllib.parse import quote

from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import BuildError, MapAdapter, RequestRedirect, Rule

from samovar.context import RequestContext, _app_ctx_or_none, _request_ctx_or_none, request_ctx
from samovar.core import AppCore
from samovar.errors import FormDataRoutingRedirect
from samovar.fingerprints import add_fingerprint
from samovar.incoming import path_of
from samovar.request import Request, blueprint_path
from samovar.response import Response
from samovar.routing import RouteIndex

REMEMBERED_WARNINGS = 100
"""Hosts that are warned of once; a client can name any number of them."""

_warned: dict[Any, Any] = {}
"""What was warned of (the registry of :func:`warnings.warn_explicit`)."""


class AppURLs(AppCore):
    """What an app does with URLs. Programs use :class:`~samovar.app.App`."""

    _index: RouteIndex | None = None

    @property
    def _route_index(self) -> RouteIndex:
        """The index of the URL map as it is now."""
        index = self._index
        url_map = self.url_map
        if (
            index is None
            or index.url_map is not url_map
            or index.revision != getattr(url_map, "revision", None)
        ):
            index = self._index = RouteIndex(url_map, url_map.default_subdomain or "")
        return index

    def _match(self, context: RequestContext) -> None:
        """Find rule and arguments of a context's request, or note why there are none."""
        request = context.request
        try:
            found = self._find_in_index(context)
            if isinstance(found, NotFound):
                raise found
            if found is not None:
                request.url_rule, request.view_args = found
                return
            adapter = context.url_adapter
            if adapter is not None:
                rule, arguments = adapter.match(return_rule=True)
                request.url_rule, request.view_args = rule, dict(arguments)
        except HTTPException as error:
            request.routing_exception = error

    def _find_in_index(
        self, context: RequestContext
    ) -> tuple[Rule, dict[str, Any]] | NotFound | None:
        """Return what the index says, or None where the URL adapter has to be asked."""
        if (
            self.subdomain_matching
            or self.config["TRUSTED_HOSTS"] is not None
            or "create_url_adapter" in self._replaced
        ):
            return None
        request = context.request
        exchange = request.exchange
        if exchange is None:
            upgrades = "HTTP_UPGRADE" in request.environ or request.scheme in ("ws", "wss")
        else:
            upgrades = any(name == b"upgrade" for name, _ in exchange.fields)
        if upgrades:
            return None
        index, path = self._route_index, _path_info(request)
        found = index.find(path, request.method)
        if found is not None:
            return found[0].rule, found[1]
        return NotFound() if index.lacks(path) else None

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Bind the URL map to a request, or to SERVER_NAME.

        Args:
            request: The request, or None outside of one.

        Returns:
            What matches and builds URLs, or None outside of a request without SERVER_NAME.

        Raises:
            SecurityError: The request's host is not one of TRUSTED_HOSTS.
        """
        if request is None:
            if self.config["SERVER_NAME"] is None:
                return None
            return self.url_map.bind(
                self.config["SERVER_NAME"],
                script_name=self.config["APPLICATION_ROOT"],
                url_scheme=self.config["PREFERRED_URL_SCHEME"],
            )
        trusted_hosts: list[str] | None = self.config["TRUSTED_HOSTS"]
        if trusted_hosts is not None:
            request.trusted_hosts = trusted_hosts
            request.__dict__.pop("host", None)
        host = request.host.lower()
        scheme = _scheme_for_map(request)
        server_name, subdomain = host, None
        if not self.url_map.host_matching:
            subdomain = self.url_map.default_subdomain or ""
            named: str | None = self.config["SERVER_NAME"]
            if named is not None:
                server_name = _without_standard_port(named.lower(), scheme)
            if self.subdomain_matching:
                subdomain = self._subdomain(host, server_name)
        return self.url_map.bind(
            server_name,
            script_name=_script_name(request),
            subdomain=subdomain,
            url_scheme=scheme,
            default_method=request.method,
            path_info=_path_info(request),
            query_args=request.query_string.decode("utf-8", "replace"),
        )

    def _subdomain(self, host: str, server_name: str) -> str:
        """Return the sub-domain of SERVER_NAME that a host is; one that no rule has if none."""
        labels, base = host.split("."), server_name.split(".")
        if labels[-len(base) :] == base:
            return ".".join(label for label in labels[: -len(base)] if label)
        if len(_warned) > REMEMBERED_WARNINGS:
            _warned.clear()
        warnings.warn_explicit(
            f"Current server name {host!r} doesn't match configured server name {server_name!r}:"
            " SERVER_NAME says whose sub-domains are matched.",
            UserWarning,
            filename=__file__,
            lineno=0,
            # The class that the program knows, where it would look for the cause.
            module=type(self).__module__,
            registry=_warned,
        )
        return "<invalid>"

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Raise why no rule matched; debug mode explains redirects that lose a form's data.

        Raises:
            HTTPException: As the URL map said.
            FormDataRoutingRedirect: In debug mode.
        """
        error = request.routing_exception
        assert error is not None, "It is called where there is one."
        if (
            self.debug
            and isinstance(error, RequestRedirect)
            and error.code not in {307, 308}
            and request.method not in {"GET", "HEAD", "OPTIONS"}
        ):
            raise FormDataRoutingRedirect(request)
        raise error

    def make_default_options_response(self) -> Response:
        """Answer OPTIONS with the methods that the URL takes; a subclass may say more."""
        response = self.response_class()
        adapter = request_ctx.url_adapter
        if adapter is not None:
            response.allow.update(adapter.allowed_methods())
        return response

    def inject_url_defaults(self, endpoint: str, values: dict[str, Any]) -> None:
        """Have the ``url_defaults`` functions add to the values that a URL is built of."""
        scopes: list[str | None] = [None]
        if "." in endpoint:
            scopes.extend(reversed(blueprint_path(endpoint.rpartition(".")[0])))
        for scope in scopes:
            if scope in self.url_default_functions:
                for add_defaults in self.url_default_functions[scope]:
                    add_defaults(endpoint, values)

    def handle_url_build_error(
        self, error: BuildError, endpoint: str, values: dict[str, Any]
    ) -> str:
        """Ask the ``url_build_error_handlers`` for a URL that could not be built.

        Raises:
            BuildError: None knows one.
        """
        for handler in self.url_build_error_handlers:
            try:
                url = handler(error, endpoint, values)
            except BuildError as newer:
                error = newer
            else:
                if url is not None:
                    return url
        if error is sys.exc_info()[1]:
            raise
        raise error

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
        """Return the URL of an endpoint.

        Args:
            endpoint: The endpoint; one that starts with a dot belongs to the current blueprint.
            _anchor: What follows ``#``.
            _method: The method that the rule should take.
            _scheme: The scheme, for a URL with one.
            _external: Whether the URL has scheme and host; by default outside of a request.
            **values: What the rule's variables become; what else is given goes into the query.

        Raises:
            BuildError: There is no such endpoint, or values are missing.
            RuntimeError: There is neither a request nor SERVER_NAME.
            ValueError: A scheme was given for a URL without one.
        """
        context = _request_ctx_or_none()
        adapter: MapAdapter | None
        if context is not None:
            adapter = context.url_adapter
            if endpoint.startswith("."):
                blueprint = context.request.blueprint
                endpoint = endpoint[1:] if blueprint is None else blueprint + endpoint
            if _external is None:
                _external = _scheme is not None
        else:
            adapter = self._adapter_outside_of_requests()
            if _external is None:
                _external = True
        if _scheme is not None and not _external:
            raise ValueError("When specifying '_scheme', '_external' must be True.")
        self.inject_url_defaults(endpoint, values)
        if self.config["STATIC_HASHED_URLS"]:
            self._add_fingerprint(endpoint, values)
        assert adapter is not None, "A request that cannot be bound is not answered."
        try:
            url = adapter.build(
                endpoint,
                values,
                method=_method,
                url_scheme=_scheme,
                force_external=_external,
            )
        except BuildError as error:
            values.update(_anchor=_anchor, _method=_method, _scheme=_scheme, _external=_external)
            return self.handle_url_build_error(error, endpoint, values)
        if _anchor is not None:
            # The characters that a fragment may have (URL standard, "fragment percent-encode").
            url = f"{url}#{quote(_anchor, safe='%!#$&()*+,/:;=?@' + chr(39))}"
        return url

    def _add_fingerprint(self, endpoint: str, values: dict[str, Any]) -> None:
        """Add the hash of the content to the values of a static file's URL."""
        scope, _, name = endpoint.rpartition(".")
        place = self.blueprints.get(scope) if scope else self
        if name == "static" and place is not None:
            add_fingerprint(place.static_folder, values)

    def _adapter_outside_of_requests(self) -> MapAdapter:
        context = _app_ctx_or_none()
        adapter = self.create_url_adapter(None) if context is None else context.url_adapter
        if adapter is None:
            raise RuntimeError(
                "Unable to build URLs outside an active request without 'SERVER_NAME' configured."
                " Also configure 'APPLICATION_ROOT' and 'PREFERRED_URL_SCHEME' as needed."
            )
        return adapter


def _path_info(request: Request) -> str:
    """Return the path that is matched, which may be empty, other than ``request.path``."""
    exchange = request.exchange
    if exchange is not None and exchange.target[:1] == b"/":
        return path_of(exchange.target)[0]
    path: str = request.environ.get("PATH_INFO", "")
    return path.encode("latin-1").decode("utf-8", "replace")


def _script_name(request: Request) -> str:
    """Return where the app is mounted."""
    if request.exchange is not None and "environ" not in request.__dict__:
        return request.exchange.root_path
    name: str = request.environ.get("SCRIPT_NAME", "")
    return name.encode("latin-1").decode("utf-8", "replace")


def _scheme_for_map(request: Request) -> str:
    """Return the scheme by which the map tells WebSocket handshakes (RFC 6455, section 4.1)."""
    headers = request.headers
    if headers.get("upgrade", "").lower() == "websocket":
        wishes = headers.get("connection", "").lower().split(",")
        if any(wish.strip(" \t") == "upgrade" for wish in wishes):
            return "wss" if request.scheme == "https" else "ws"
    return request.scheme


def _without_standard_port(server_name: str, scheme: str) -> str:
    """Return SERVER_NAME as browsers send it."""
    standard = ":443" if scheme in ("https", "wss") else ":80"
    return server_name.removesuffix(standard)

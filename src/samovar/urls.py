"""The URLs of an app: matching what comes in, building what goes out."""

from __future__ import annotations

import sys
from typing import Any, NoReturn
from urllib.parse import quote

from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError, MapAdapter, RequestRedirect, Rule
from werkzeug.wsgi import get_host

from samovar.context import RequestContext, _app_ctx_or_none, _request_ctx_or_none, request_ctx
from samovar.core import AppCore
from samovar.errors import FormDataRoutingRedirect
from samovar.incoming import path_of
from samovar.request import Request, blueprint_path
from samovar.response import Response
from samovar.routing import RouteIndex


class AppURLs(AppCore):
    """What an app does with URLs. Programs use :class:`~samovar.app.App`."""

    _index: RouteIndex | None = None

    @property
    def route_index(self) -> RouteIndex:
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

    def match(self, context: RequestContext) -> None:
        """Find rule and arguments of a context's request, or note why there are none."""
        request = context.request
        try:
            found = self._find_in_index(context)
            if found is not None:
                request.url_rule, request.view_args = found
                return
            adapter = context.url_adapter
            if adapter is not None:
                rule, arguments = adapter.match(return_rule=True)
                request.url_rule, request.view_args = rule, dict(arguments)
        except HTTPException as error:
            request.routing_exception = error

    def _find_in_index(self, context: RequestContext) -> tuple[Rule, dict[str, Any]] | None:
        """Return what the index says, or None where the URL adapter has to be asked."""
        if (
            self.subdomain_matching
            or self.config["TRUSTED_HOSTS"] is not None
            or "create_url_adapter" in self.replaced
            or "url_adapter" in context.__dict__
        ):
            return None
        exchange = context.exchange
        if exchange is None:
            environ = context.request.environ
            if "HTTP_UPGRADE" in environ or environ.get("wsgi.url_scheme") in ("ws", "wss"):
                return None
            path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        else:
            if any(name == b"upgrade" for name, _ in exchange.fields):
                return None
            path, _ = path_of(exchange.target)
        found = self.route_index.find(path, context.request.method)
        return None if found is None else (found[0].rule, found[1])

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
        request.host = get_host(request.environ, request.trusted_hosts)
        server_name: str | None = self.config["SERVER_NAME"]
        subdomain: str | None = None
        if self.url_map.host_matching:
            # With it, the map would take it for the host of every request.
            server_name = None
        elif not self.subdomain_matching:
            subdomain = self.url_map.default_subdomain or ""
        return self.url_map.bind_to_environ(
            request.environ, server_name=server_name, subdomain=subdomain
        )

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

    def _adapter_outside_of_requests(self) -> MapAdapter:
        context = _app_ctx_or_none()
        adapter = self.create_url_adapter(None) if context is None else context.url_adapter
        if adapter is None:
            raise RuntimeError(
                "Unable to build URLs outside an active request without 'SERVER_NAME' configured."
                " Also configure 'APPLICATION_ROOT' and 'PREFERRED_URL_SCHEME' as needed."
            )
        return adapter

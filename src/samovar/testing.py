"""For tests: a client that calls an app without a server, and a runner of its commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from copy import copy
from importlib.metadata import version
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import werkzeug.test
from click.testing import CliRunner, Result
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request as BaseRequest

from samovar.commands import ScriptInfo
from samovar.core import AppCore
from samovar.sessions import SessionMixin
from samovar.typing import WSGIEnvironment


class EnvironBuilder(werkzeug.test.EnvironBuilder):
    """Makes up the environ of a request, with the app's settings as defaults.

    Args:
        app: The app.
        path: The path, or a whole URL.
        base_url: What the path is relative to; by default made of PREFERRED_URL_SCHEME,
            SERVER_NAME and APPLICATION_ROOT.
        subdomain: A sub-domain of SERVER_NAME.
        url_scheme: The scheme in place of PREFERRED_URL_SCHEME.
        *args: As for :class:`werkzeug.test.EnvironBuilder`.
        **kwargs: Likewise; ``json`` is written with the app's JSON provider.
    """

    def __init__(
        self,
        app: AppCore,
        path: str = "/",
        base_url: str | None = None,
        subdomain: str | None = None,
        url_scheme: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        if base_url is not None and (subdomain or url_scheme):
            raise AssertionError('Cannot pass "subdomain" or "url_scheme" with "base_url".')
        if base_url is None:
            host: str = app.config.get("SERVER_NAME") or "localhost"
            if subdomain:
                host = f"{subdomain}.{host}"
            url = urlsplit(path)
            scheme = url.scheme or url_scheme or app.config["PREFERRED_URL_SCHEME"]
            root: str = app.config["APPLICATION_ROOT"]
            base_url = f"{scheme}://{url.netloc or host}/{root.lstrip('/')}"
            path = f"{url.path}?{url.query}" if url.query else url.path
        self.app = app
        super().__init__(path, base_url, *args, **kwargs)

    def json_dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return an object as JSON text, as the app writes it."""
        return self.app.json.dumps(obj, **kwargs)


class FlaskClient(Client):
    """Calls an app without a server.

    In a ``with`` block the contexts of the last request stay, so that a test can look at
    ``request`` and ``session``.
    """

    application: AppCore  # type: ignore[assignment] # Werkzeug's client calls any WSGI application

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.preserve_context = False
        self._new_contexts: list[AbstractContextManager[Any]] = []
        self._context_stack = ExitStack()
        self.environ_base = {
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_USER_AGENT": f"Werkzeug/{version('werkzeug')}",
        }

    @contextmanager
    def session_transaction(self, *args: Any, **kwargs: Any) -> Iterator[SessionMixin]:
        """Open the session as the next request would find it; save it at the block's end.

        Args:
            *args: As for ``app.test_request_context``: the request that the session belongs to.
            **kwargs: Likewise.

        Raises:
            TypeError: The client keeps no cookies.
            RuntimeError: There is no session, as without a secret key.
        """
        if self._cookies is None:
            raise TypeError("Cookies are disabled. Create a client with 'use_cookies=True'.")
        app = self.application
        context = app.test_request_context(*args, **kwargs)
        self._add_cookies_to_wsgi(context.request.environ)
        with context:
            session = app.session_interface.open_session(app, context.request)
        if session is None:
            raise RuntimeError("Session backend did not open a session.")
        yield session
        response = app.response_class()
        if app.session_interface.is_null_session(session):
            return
        with context:
            app.session_interface.save_session(app, session, response)
        self._update_cookies_from_response(
            context.request.host.partition(":")[0],
            context.request.path,
            response.headers.getlist("Set-Cookie"),
        )

    def _copy_environ(self, other: Mapping[str, Any]) -> WSGIEnvironment:
        environ = {**self.environ_base, **other}
        if self.preserve_context:
            environ["werkzeug.debug.preserve_context"] = self._new_contexts.append
        return environ

    def _request_from_builder_args(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> BaseRequest:
        kwargs["environ_base"] = self._copy_environ(kwargs.get("environ_base", {}))
        builder = EnvironBuilder(self.application, *args, **kwargs)
        try:
            return builder.get_request()
        finally:
            builder.close()

    def _request_of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> BaseRequest:
        """Return the request that the arguments of :meth:`open` stand for."""
        first = args[0] if args else None
        if isinstance(first, werkzeug.test.EnvironBuilder):
            builder = copy(first)
            builder.environ_base = self._copy_environ(builder.environ_base or {})
            return builder.get_request()
        if isinstance(first, dict):
            return EnvironBuilder.from_environ(
                first, app=self.application, environ_base=self._copy_environ({})
            ).get_request()
        if isinstance(first, BaseRequest):
            request = copy(first)
            request.environ = self._copy_environ(request.environ)
            return request
        return self._request_from_builder_args(args, kwargs)

    def open(
        self,
        *args: Any,
        buffered: bool = False,
        follow_redirects: bool = False,
        **kwargs: Any,
    ) -> TestResponse:
        """Send a request and return the response.

        Args:
            *args: As for :class:`EnvironBuilder`; or one of these, a request, or an environ.
            buffered: Whether the body is read at once.
            follow_redirects: Whether redirects are followed.
            **kwargs: As for :class:`EnvironBuilder`.
        """
        request = self._request_of(args, kwargs)
        # What the last request left in a with block does not last through this one.
        self._context_stack.close()
        response = super().open(request, buffered=buffered, follow_redirects=follow_redirects)
        response.json_module = self.application.json  # type: ignore[assignment] # has what it needs
        for context in self._new_contexts:
            self._context_stack.enter_context(context)
        self._new_contexts.clear()
        return response

    def __enter__(self) -> Self:
        if self.preserve_context:
            raise RuntimeError("Cannot nest client invocations")
        self.preserve_context = True
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.preserve_context = False
        self._context_stack.close()


class FlaskCliRunner(CliRunner):
    """Runs an app's commands.

    Args:
        app: The app.
        **kwargs: As for :class:`click.testing.CliRunner`.
    """

    def __init__(self, app: AppCore, **kwargs: Any) -> None:
        self.app = app
        super().__init__(**kwargs)

    def invoke(  # type: ignore[override] # the command is the app's group by default
        self, cli: Any = None, args: Any = None, **kwargs: Any
    ) -> Result:
        """Run a command and return what came of it.

        Args:
            cli: The command; by default the app's group.
            args: Its arguments.
            **kwargs: As for :meth:`click.testing.CliRunner.invoke`.
        """
        if "obj" not in kwargs:
            kwargs["obj"] = ScriptInfo(create_app=lambda: self.app)
        return super().invoke(self.app.cli if cli is None else cli, args, **kwargs)

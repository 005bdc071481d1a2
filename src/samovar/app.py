"""The application: what a program makes, fills with views, and serves.

:class:`App` offers Flask's many names. Behind them are small parts: what is registered stands in
:mod:`samovar.core`, URLs in :mod:`samovar.urls`, the life of a request in :mod:`samovar.cycle`,
its contexts in :mod:`samovar.context`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Coroutine, Iterable
from inspect import iscoroutinefunction
from itertools import chain
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar

from werkzeug.exceptions import HTTPException

from samovar.awaiting import Steps, plain, run_steps
from samovar.context import (
    AppContext,
    RequestContext,
    _app_ctx_or_none,
    _request_ctx_or_none,
    has_request_context,
    request,
)
from samovar.cycle import (
    dispatch_steps,
    finalize_steps,
    full_dispatch_steps,
    handle_exception_steps,
    handle_http_exception_steps,
    handle_user_exception_steps,
    preprocess_steps,
    process_response_steps,
    respond_steps,
    take_step,
    teardown_appcontext_steps,
    teardown_request_steps,
)
from samovar.errors import attach_enctype_error_multidict
from samovar.exchange import Exchange
from samovar.frames import unset
from samovar.making import make_response
from samovar.promises import ExcInfo
from samovar.request import Request
from samovar.response import Response
from samovar.sessions import SecureCookieSessionInterface, SessionInterface
from samovar.signals import appcontext_popped, appcontext_tearing_down, request_tearing_down
from samovar.typing import ResponseReturnValue, StartResponse, StrPath, WSGIEnvironment
from samovar.urls import AppURLs

if TYPE_CHECKING:
    from samovar.testing import FlaskClient, FlaskCliRunner

_OUR_FILES = os.path.dirname(__file__) + os.sep

WATCHED_METHODS = (
    "__call__",
    "app_context",
    "async_to_sync",
    "create_url_adapter",
    "dispatch_request",
    "do_teardown_appcontext",
    "do_teardown_request",
    "ensure_sync",
    "finalize_request",
    "full_dispatch_request",
    "handle_exception",
    "handle_http_exception",
    "handle_user_exception",
    "make_response",
    "preprocess_request",
    "process_response",
    "request_context",
    "wsgi_app",
)
"""Methods that programs put something else in the place of, on a subclass or on the object."""

_WATCHED = frozenset(WATCHED_METHODS) | {
    "_got_first_request",
    "config",
    "json",
    "request_class",
    "response_class",
    "session_interface",
    "subdomain_matching",
    "url_map",
    "url_map_class",
}
"""Attributes whose assignment may change how requests are answered."""

_CONVERTERS = ("ensure_sync", "async_to_sync")

_SESSION_METHODS = (
    "get_cookie_name",
    "is_null_session",
    "make_null_session",
    "open_session",
    "save_session",
    "session_class",
    "should_set_cookie",
)


class App(AppURLs):
    """An application: a WSGI callable, and what the server answers from.

    ::

        app = App()

        @app.route("/")
        def hello():
            return "Hello"

    Args:
        import_name: The import name of the module that makes the app, ``__name__``. It says where
            templates and static files are; found out where it is left out.
        static_url_path: The URL path of static files; by default the name of their folder.
        static_folder: The folder of files served as they are, or None.
        static_host: The host of static files, with host matching.
        host_matching: Whether rules name the host they are for.
        subdomain_matching: Whether rules name the sub-domain of SERVER_NAME they are for.
        template_folder: The folder of templates, or None.
        instance_path: The folder for what belongs to this installation, absolute.
        instance_relative_config: Whether configuration files are looked for in there.
        root_path: The folder that others are relative to, where ``import_name`` does not say.
    """

    _launcher: ClassVar[Callable[..., None] | None] = None
    """What :meth:`run` calls; the package sets it, so that the app does not know the server."""

    _originals: ClassVar[dict[str, Any]] = {}
    """The class's own methods of :data:`WATCHED_METHODS`, to tell others from."""

    _plan: Any = None
    """What the handler worked out for this app, None where it has to do so (again)."""

    def __init__(
        self,
        import_name: str | None = None,
        static_url_path: str | None = None,
        static_folder: StrPath | None = "static",
        static_host: str | None = None,
        host_matching: bool = False,
        subdomain_matching: bool = False,
        template_folder: StrPath | None = "templates",
        instance_path: str | None = None,
        instance_relative_config: bool = False,
        root_path: str | None = None,
    ) -> None:
        super().__init__(
            import_name=_name_of_caller(self) if import_name is None else import_name,
            static_url_path=static_url_path,
            static_folder=static_folder,
            static_host=static_host,
            host_matching=host_matching,
            subdomain_matching=subdomain_matching,
            template_folder=template_folder,
            instance_path=instance_path,
            instance_relative_config=instance_relative_config,
            root_path=root_path,
        )

    def __setattr__(self, name: str, value: Any) -> None:
        # PERF: noticed here, once, instead of being looked for with each request.
        super().__setattr__(name, value)
        if name in _WATCHED:
            self._note_changes()

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        if name in _WATCHED:
            self._note_changes()

    def _note_changes(self) -> None:
        """See which methods the program replaced; called after each change and at the start."""
        attributes = self.__dict__
        attributes["_plan"] = None
        attributes["_replaced"] = frozenset(
            name
            for name, original in self._originals.items()
            if name in attributes or getattr(type(self), name) is not original
        )
        attributes["_converts_async"] = not self._replaced.isdisjoint(_CONVERTERS)
        attributes["_session_opens_late"] = _opens_late(self.session_interface)

    def run(
        self,
        host: str | None = None,
        port: int | None = None,
        debug: bool | None = None,
        load_dotenv: bool = True,
        **options: Any,
    ) -> None:
        """Serve the app until the process is told to stop; blocks.

        Args:
            host: The interface; ``""`` means all of them. By default this machine alone, or what
                SERVER_NAME says.
            port: The port. By default 5000, or what SERVER_NAME says.
            debug: Switches debug mode on or off.
            load_dotenv: Whether ``.env`` and ``.flaskenv`` are read.
            **options: Settings of the server, and ``use_reloader``.
        """
        launch = type(self)._launcher
        # The package sets it when it is imported, which comes before this module.
        assert launch is not None, "samovar/__init__.py sets it."
        launch(self, host, port, debug, load_dotenv, **options)

    def test_client(self, use_cookies: bool = True, **kwargs: Any) -> FlaskClient:
        """Return a client that calls the app without a server, for tests.

        Set ``app.testing = True`` to have errors reach the test.

        Args:
            use_cookies: Whether the client keeps cookies between requests.
            **kwargs: Further arguments of ``test_client_class``.
        """
        # PERF: imported by who tests, here and below: 9 ms.
        from samovar.testing import FlaskClient

        cls: Any = self.test_client_class or FlaskClient
        client: FlaskClient = cls(self, self.response_class, use_cookies=use_cookies, **kwargs)
        return client

    def test_cli_runner(self, **kwargs: Any) -> FlaskCliRunner:
        """Return what runs the app's commands, for tests.

        Args:
            **kwargs: Further arguments of ``test_cli_runner_class``.
        """
        from samovar.testing import FlaskCliRunner

        cls: Any = self.test_cli_runner_class or FlaskCliRunner
        runner: FlaskCliRunner = cls(self, **kwargs)
        return runner

    def app_context(self) -> AppContext:
        """Return a new application context, which a ``with`` statement makes current."""
        return AppContext(self)

    def request_context(self, environ: WSGIEnvironment) -> RequestContext:
        """Return the context of a request, which a ``with`` statement makes current."""
        return RequestContext(self, environ)

    def test_request_context(self, *args: Any, **kwargs: Any) -> RequestContext:
        """Return the context of a request that is made up, for tests and shells.

        Args:
            *args: As for :class:`samovar.testing.EnvironBuilder`, the path first.
            **kwargs: Likewise.
        """
        from samovar.testing import EnvironBuilder

        builder = EnvironBuilder(self, *args, **kwargs)
        try:
            return self.request_context(builder.get_environ())
        finally:
            builder.close()

    def _make_request(self, exchange: Exchange) -> Request:
        """Return the request object of an exchange."""
        cls = self.request_class
        request = (
            cls.from_exchange(exchange) if issubclass(cls, Request) else cls(exchange.environ())
        )
        request.json_module = self.json
        return request

    def _explain_missing_files(self, request: Request) -> None:
        """Have ``request.files`` say what is wrong with a form that brought none."""
        attach_enctype_error_multidict(request)

    def update_template_context(self, context: dict[str, Any]) -> None:
        """Add what the context processors offer to a template's names, which stay as they are."""
        given = context.copy()
        scopes: Iterable[str | None] = (None,)
        if has_request_context():
            scopes = chain(scopes, reversed(request.blueprints))
        for scope in scopes:
            if scope in self.template_context_processors:
                for processor in self.template_context_processors[scope]:
                    context.update(self.ensure_sync(processor)())
        context.update(given)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a plain function that does what ``func``, plain or ``async def``, does."""
        if iscoroutinefunction(func):
            return self.async_to_sync(func)
        return func

    def async_to_sync(self, func: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
        """Return a plain function that runs an ``async def`` one to its end."""
        return plain(func)

    def make_response(self, rv: Any) -> Response:
        """Return a response of what a view returned; see :func:`samovar.making.make_response`."""
        return make_response(self, rv)

    def log_exception(self, exc_info: ExcInfo) -> None:
        """Log an error that nobody handled, with its traceback from the program's code on."""
        kind, error, traceback = exc_info
        if kind is not None and error is not None:
            exc_info = (kind, error, _from_program_on(traceback))
        self.logger.error("Exception on %s [%s]", request.path, request.method, exc_info=exc_info)

    def handle_http_exception(self, e: HTTPException) -> HTTPException | ResponseReturnValue:
        """Return what the handler for an HTTP exception answers, or the exception itself."""
        result: HTTPException | ResponseReturnValue = run_steps(
            handle_http_exception_steps(self, e)
        )
        return result

    def handle_user_exception(self, e: Exception) -> HTTPException | ResponseReturnValue:
        """Return what the handler for an error answers.

        Raises:
            Exception: The error again, where it has none.
        """
        result: HTTPException | ResponseReturnValue = run_steps(
            handle_user_exception_steps(self, e)
        )
        return result

    def handle_exception(self, e: Exception) -> Response:
        """Log an error that nobody handled and answer 500.

        Raises:
            Exception: The error again, where errors are propagated.
        """
        return run_steps(handle_exception_steps(self, e))

    def preprocess_request(self) -> ResponseReturnValue | None:
        """Call the functions that come before the view; return what one of them answers."""
        result: ResponseReturnValue | None = run_steps(preprocess_steps(self))
        return result

    def dispatch_request(self) -> ResponseReturnValue:
        """Call the view that the request matched, and return what it returns."""
        result: ResponseReturnValue = run_steps(dispatch_steps(self))
        return result

    def full_dispatch_request(self) -> Response:
        """Answer the current request, with hooks and error handlers."""
        response: Response = run_steps(full_dispatch_steps(self))
        return response

    def finalize_request(
        self, rv: ResponseReturnValue | HTTPException, from_error_handler: bool = False
    ) -> Response:
        """Return the response of what a view returned, after the functions that want to see it."""
        return run_steps(finalize_steps(self, rv, from_error_handler))

    def process_response(self, response: Response) -> Response:
        """Call the functions that come after the view, and save the session."""
        result: Response = run_steps(process_response_steps(self, response))
        return result

    def do_teardown_request(self, exc: BaseException | None = unset) -> None:
        """Call the functions for the end of a request.

        Args:
            exc: The error that ended it; by default the one being handled.
        """
        run_steps(teardown_request_steps(self, _given_or_current(exc)))

    def do_teardown_appcontext(self, exc: BaseException | None = unset) -> None:
        """Call the functions for the end of an application context.

        Args:
            exc: The error that ended it; by default the one being handled.
        """
        run_steps(teardown_appcontext_steps(self, _given_or_current(exc)))

    def _teardown_request_steps(self, exc: BaseException | None) -> Steps[None] | None:
        """Do what :meth:`do_teardown_request` does, in steps; None where there is nothing to do."""
        if not (self.teardown_request_funcs or request_tearing_down.receivers or self._replaced):
            return None
        return take_step(self, "do_teardown_request", exc)

    def _teardown_appcontext_steps(self, exc: BaseException | None) -> Steps[None]:
        """Do what :meth:`do_teardown_appcontext` does, in steps."""
        return take_step(self, "do_teardown_appcontext", exc)

    def wsgi_app(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request as WSGI has it (PEP 3333).

        Wrap it to put middleware around the app: ``app.wsgi_app = Middleware(app.wsgi_app)``.
        """
        if not self._got_first_request:
            # Tracing tools replace methods on the class, which no assignment here tells of.
            self._note_changes()
        context = self.request_context(environ)
        try:
            response: Response = run_steps(respond_steps(self, context))
            return response(environ, start_response)
        finally:
            preserve = environ.get("werkzeug.debug.preserve_context")
            if preserve is not None:
                preserve(_app_ctx_or_none())
                preserve(_request_ctx_or_none())
            context.pop(self._error_for_teardown(context))

    def _error_for_teardown(self, context: RequestContext) -> BaseException | None:
        """Return the error that ended a request, unless the teardown functions ignore it."""
        error = context.error
        return None if error is not None and self.should_ignore_error(error) else error

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request as WSGI has it, through middleware if there is any."""
        return self.wsgi_app(environ, start_response)

    @property
    def _tears_down_apps(self) -> bool:
        """Whether anybody wants to know when an application context ends."""
        return bool(
            self.teardown_appcontext_funcs
            or appcontext_tearing_down.receivers
            or appcontext_popped.receivers
            or "do_teardown_appcontext" in self._replaced
        )


App._originals = {name: getattr(App, name) for name in WATCHED_METHODS}


def _opens_late(interface: SessionInterface) -> bool:
    return all(
        getattr(type(interface), name, None) is getattr(SecureCookieSessionInterface, name)
        and name not in interface.__dict__
        for name in _SESSION_METHODS
    )


def _from_program_on(traceback: TracebackType | None) -> TracebackType | None:
    """Leave out our frames before the program's first one, unless there is none of its."""
    first = traceback
    while first is not None and first.tb_frame.f_code.co_filename.startswith(_OUR_FILES):
        first = first.tb_next
    return first or traceback


def _given_or_current(exc: BaseException | None) -> BaseException | None:
    return sys.exc_info()[1] if exc is unset else exc


def _name_of_caller(app: App) -> str:
    """Return ``__name__`` of the module that makes an app: the first outside of constructors."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_locals.get("self") is app:
        frame = frame.f_back
    name: str = frame.f_globals.get("__name__", "__main__")
    return name

"""The registering half of an app: settings, URL rules, templates, error handlers.

What happens to a request stands in :mod:`samovar.app` and :mod:`samovar.cycle`.
"""

from __future__ import annotations

import logging
import os
import sys
import weakref
from collections.abc import Callable
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from werkzeug.datastructures import ImmutableDict
from werkzeug.exceptions import Aborter, BadRequest, BadRequestKeyError
from werkzeug.routing import Map as WerkzeugMap
from werkzeug.routing import Rule
from werkzeug.test import Client
from werkzeug.utils import cached_property
from werkzeug.utils import redirect as _redirect

from samovar.blueprints import (
    Blueprint,
    T_template_filter,
    T_template_global,
    T_template_test,
)
from samovar.config import Config, ConfigAttribute
from samovar.context import _AppCtxGlobals, g, request, session
from samovar.helpers import get_debug_flag, get_flashed_messages
from samovar.json.provider import DefaultJSONProvider, JSONProvider
from samovar.logging import create_logger
from samovar.packages import find_package
from samovar.promises import AppPromises
from samovar.request import Request
from samovar.response import Response
from samovar.routing import Map
from samovar.scaffold import T_teardown, _endpoint_from_view_func, setupmethod
from samovar.sessions import SecureCookieSessionInterface, SessionInterface
from samovar.typing import (
    ErrorHandlerCallable,
    RouteCallable,
    ShellContextProcessorCallable,
    StrPath,
    TeardownCallable,
    TemplateFilterCallable,
    TemplateGlobalCallable,
    TemplateTestCallable,
)

if TYPE_CHECKING:
    # PERF: see _ImportedLate; what tests an app is imported by its tests.
    from click.testing import CliRunner

    from samovar.template_environment import DispatchingJinjaLoader, Environment

T_shell_context_processor = TypeVar(
    "T_shell_context_processor", bound=ShellContextProcessorCallable
)


def _as_timedelta(value: timedelta | int | None) -> timedelta | None:
    return timedelta(seconds=value) if isinstance(value, int) else value


class _ImportedLate:
    """Stands for the class of template environments until somebody asks for it.

    PERF: Jinja2 takes 11 ms to import, which an app without templates is spared.
    """

    def __get__(self, app: object, owner: type) -> type[Environment]:
        from samovar.template_environment import Environment

        return Environment


class AppCore(AppPromises):
    """What is set up on an app before it answers requests. Programs use :class:`App`.

    Attributes:
        instance_path: The folder for what belongs to this installation, absolute.
        config: The settings.
        aborter: What :func:`samovar.abort` calls.
        json: The JSON provider.
        url_map: The URL rules.
        url_build_error_handlers: Functions asked for a URL where building one failed.
        teardown_appcontext_funcs: Functions called at the end of each application context.
        shell_context_processors: Functions that give an interactive shell more names.
        extensions: The state of extensions, by name.
        subdomain_matching: Whether sub-domains of SERVER_NAME are matched.
    """

    default_config: ClassVar[ImmutableDict[str, Any]] = ImmutableDict(
        {
            "DEBUG": None,
            "TESTING": False,
            "PROPAGATE_EXCEPTIONS": None,
            "SECRET_KEY": None,
            "SECRET_KEY_FALLBACKS": None,
            "PERMANENT_SESSION_LIFETIME": timedelta(days=31),
            "USE_X_SENDFILE": False,
            "TRUSTED_HOSTS": None,
            "SERVER_NAME": None,
            "APPLICATION_ROOT": "/",
            "SESSION_COOKIE_NAME": "session",
            "SESSION_COOKIE_DOMAIN": None,
            "SESSION_COOKIE_PATH": None,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SECURE": False,
            "SESSION_COOKIE_PARTITIONED": False,
            "SESSION_COOKIE_SAMESITE": None,
            "SESSION_REFRESH_EACH_REQUEST": True,
            "MAX_CONTENT_LENGTH": None,
            "MAX_FORM_MEMORY_SIZE": 500_000,
            "MAX_FORM_PARTS": 1_000,
            "SEND_FILE_MAX_AGE_DEFAULT": None,
            "STATIC_HASHED_URLS": False,
            "TRAP_BAD_REQUEST_ERRORS": None,
            "TRAP_HTTP_EXCEPTIONS": False,
            "EXPLAIN_TEMPLATE_LOADING": False,
            "PREFERRED_URL_SCHEME": "http",
            "TEMPLATES_AUTO_RELOAD": None,
            "MAX_COOKIE_SIZE": 4093,
            "PROVIDE_AUTOMATIC_OPTIONS": True,
        }
    )

    request_class: type[Request] = Request
    response_class: type[Response] = Response
    session_interface: SessionInterface = SecureCookieSessionInterface()
    aborter_class = Aborter
    jinja_environment: type[Environment] = cast("type[Environment]", _ImportedLate())
    jinja_options: dict[str, Any] = {}  # noqa: RUF012 # programs assign to it on class and object
    app_ctx_globals_class: type[Any] = _AppCtxGlobals
    config_class: type[Config] = Config
    json_provider_class: type[JSONProvider] = DefaultJSONProvider
    url_rule_class = Rule
    url_map_class: type[WerkzeugMap] = Map
    test_client_class: type[Client] | None = None
    test_cli_runner_class: type[CliRunner] | None = None

    _got_first_request = False

    testing = ConfigAttribute[bool]("TESTING")
    secret_key = ConfigAttribute[str | bytes | None]("SECRET_KEY")
    permanent_session_lifetime = ConfigAttribute[timedelta](
        "PERMANENT_SESSION_LIFETIME",
        get_converter=_as_timedelta,  # type: ignore[arg-type] # None only where a program set it
    )

    def __init__(
        self,
        import_name: str,
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
        super().__init__(import_name, static_folder, static_url_path, template_folder, root_path)
        if instance_path is None:
            instance_path = self.auto_find_instance_path()
        elif not os.path.isabs(instance_path):
            raise ValueError(
                "If an instance path is provided it must be absolute. A relative path was given"
                f" instead: {instance_path!r}."
            )
        self.instance_path = instance_path
        self.config = self.make_config(instance_relative_config)
        self.aborter = self.make_aborter()
        self.json: JSONProvider = self.json_provider_class(self)
        self.url_build_error_handlers: list[Callable[[Exception, str, dict[str, Any]], str]] = []
        self.teardown_appcontext_funcs: list[TeardownCallable] = []
        self.shell_context_processors: list[ShellContextProcessorCallable] = []
        self.blueprints: dict[str, Blueprint] = {}
        self.extensions: dict[str, Any] = {}
        self.url_map: WerkzeugMap = self.url_map_class(host_matching=host_matching)
        self.subdomain_matching = subdomain_matching
        if self.has_static_folder:
            self._add_static_rule(static_host, host_matching)

    def _add_static_rule(self, static_host: str | None, host_matching: bool) -> None:
        # The folder need not exist yet.
        assert bool(static_host) == host_matching, "Invalid static_host/host_matching combination"
        # Weak, so that the app is freed as soon as nobody uses it.
        this = weakref.ref(self)

        def static(**values: Any) -> Response:
            app = this()
            assert app is not None, "It is answering."
            return app.send_static_file(**values)

        self.add_url_rule(
            f"{self.static_url_path}/<path:filename>",
            endpoint="static",
            host=static_host,
            view_func=static,
        )

    def _check_setup_finished(self, f_name: str) -> None:
        if self._got_first_request:
            raise AssertionError(
                f"The setup method '{f_name}' can no longer be called on the application. It has"
                " already handled its first request, any changes will not be applied"
                " consistently.\nMove everything that sets the app up (imports of modules with"
                " routes, decorators, register_blueprint) to where it runs before the first"
                " request."
            )

    @cached_property
    def name(self) -> str:
        """The name of the app: the import name, or the file's name for a script."""
        if self.import_name != "__main__":
            return self.import_name
        filename: str | None = getattr(sys.modules["__main__"], "__file__", None)
        if filename is None:
            return "__main__"
        return os.path.splitext(os.path.basename(filename))[0]

    @cached_property
    def logger(self) -> logging.Logger:
        """The app's logger: :mod:`logging`'s of the app's name, ready for use."""
        return create_logger(self)

    @cached_property
    def jinja_env(self) -> Environment:
        """The template environment; made at its first use, when ``jinja_options`` are read."""
        return self.create_jinja_environment()

    def create_jinja_environment(self) -> Environment:
        """Make the template environment; a subclass may add to it."""
        options = dict(self.jinja_options)
        options.setdefault("autoescape", self.select_jinja_autoescape)
        if "auto_reload" not in options:
            auto_reload: bool | None = self.config["TEMPLATES_AUTO_RELOAD"]
            options["auto_reload"] = self.debug if auto_reload is None else auto_reload
        environment = self.jinja_environment(self, **options)
        environment.globals.update(
            url_for=self.url_for,
            get_flashed_messages=get_flashed_messages,
            config=self.config,
            # A context processor gives these to rendered templates; imported ones get them here.
            request=request,
            session=session,
            g=g,
        )
        environment.policies["json.dumps_function"] = self.json.dumps
        return environment

    def create_global_jinja_loader(self) -> DispatchingJinjaLoader:
        """Make what loads templates, from the app's folder and those of its blueprints."""
        from samovar.template_environment import DispatchingJinjaLoader

        return DispatchingJinjaLoader(self)

    def select_jinja_autoescape(self, filename: str | None) -> bool:
        """Say whether values in a template are escaped: in HTML, XML and SVG, and in strings."""
        if filename is None:
            return True
        return filename.endswith((".html", ".htm", ".xml", ".xhtml", ".svg"))

    def make_config(self, instance_relative: bool = False) -> Config:
        """Make the settings: the defaults, and debug mode as the environment says.

        Args:
            instance_relative: Whether configuration files are looked for in the instance
                folder, instead of the app's own.
        """
        defaults = dict(self.default_config)
        defaults["DEBUG"] = get_debug_flag()
        root = self.instance_path if instance_relative else self.root_path
        return self.config_class(root, defaults)

    def make_aborter(self) -> Aborter:
        """Make what :func:`samovar.abort` calls."""
        return self.aborter_class()

    def auto_find_instance_path(self) -> str:
        """Return the instance folder: beside the program, or under the prefix of installation."""
        prefix, folder = find_package(self.import_name)
        if prefix is None:
            return os.path.join(folder, "instance")
        return os.path.join(prefix, "var", f"{self.name}-instance")

    def open_instance_resource(
        self, resource: str, mode: str = "rb", encoding: str | None = "utf-8"
    ) -> IO[Any]:
        """Open a file of the instance folder, for writing too; the caller closes it.

        Args:
            resource: The path, relative to the instance folder.
            mode: As for :func:`open`.
            encoding: The encoding of text.
        """
        path = os.path.join(self.instance_path, resource)
        return open(path, mode, encoding=None if "b" in mode else encoding)

    @property
    def debug(self) -> bool:
        """Whether debug mode is on: errors show where they come from, code is reloaded."""
        value: bool = self.config["DEBUG"]
        return value

    @debug.setter
    def debug(self, value: bool) -> None:
        self.config["DEBUG"] = value
        if self.config["TEMPLATES_AUTO_RELOAD"] is None:
            self.jinja_env.auto_reload = value

    @setupmethod
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: RouteCallable | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Register a URL rule; see :meth:`samovar.scaffold.Scaffold.add_url_rule`.

        Raises:
            TypeError: The methods are a string, instead of a list of strings.
            AssertionError: The endpoint has another view function already.
        """
        if endpoint is None:
            assert view_func is not None, "expected view func if endpoint is not provided."
            endpoint = _endpoint_from_view_func(view_func)
        methods = options.pop("methods", None)
        if methods is None:
            methods = getattr(view_func, "methods", None) or ("GET",)
        if isinstance(methods, str):
            raise TypeError(
                "Allowed methods must be a list of strings, for example:"
                f' @app.route(..., methods=["POST"]), and not {methods!r}.'
            )
        methods = {method.upper() for method in methods}
        required = set(getattr(view_func, "required_methods", ()))
        if provide_automatic_options is None:
            provide_automatic_options = getattr(view_func, "provide_automatic_options", None)
        if provide_automatic_options is None:
            provide_automatic_options = (
                "OPTIONS" not in methods and self.config["PROVIDE_AUTOMATIC_OPTIONS"]
            )
            if provide_automatic_options:
                required.add("OPTIONS")
        new_rule = self.url_rule_class(
            rule, methods=methods | required, endpoint=endpoint, **options
        )
        new_rule.provide_automatic_options = provide_automatic_options  # type: ignore[attr-defined] # ours
        self.url_map.add(new_rule)
        if view_func is None:
            return
        existing = self.view_functions.get(endpoint)
        if existing is not None and existing != view_func:
            raise AssertionError(
                "View function mapping is overwriting an existing endpoint function:"
                f" {endpoint}. Two view functions have the same name: rename one, or give it"
                " another endpoint."
            )
        self.view_functions[endpoint] = view_func

    @setupmethod
    def template_filter(
        self, name: str | None = None
    ) -> Callable[[T_template_filter], T_template_filter]:
        """Register a template filter, as a decorator; by default under the function's name."""

        def decorator(f: T_template_filter) -> T_template_filter:
            self.add_template_filter(f, name=name)
            return f

        return decorator

    @setupmethod
    def add_template_filter(self, f: TemplateFilterCallable, name: str | None = None) -> None:
        """Register a template filter."""
        self.jinja_env.filters[name or f.__name__] = f

    @setupmethod
    def template_test(
        self, name: str | None = None
    ) -> Callable[[T_template_test], T_template_test]:
        """Register a template test, as a decorator; by default under the function's name."""

        def decorator(f: T_template_test) -> T_template_test:
            self.add_template_test(f, name=name)
            return f

        return decorator

    @setupmethod
    def add_template_test(self, f: TemplateTestCallable, name: str | None = None) -> None:
        """Register a template test."""
        self.jinja_env.tests[name or f.__name__] = f

    @setupmethod
    def template_global(
        self, name: str | None = None
    ) -> Callable[[T_template_global], T_template_global]:
        """Register a name that all templates see, as a decorator."""

        def decorator(f: T_template_global) -> T_template_global:
            self.add_template_global(f, name=name)
            return f

        return decorator

    @setupmethod
    def add_template_global(self, f: TemplateGlobalCallable, name: str | None = None) -> None:
        """Register a name that all templates see."""
        self.jinja_env.globals[name or f.__name__] = f

    @setupmethod
    def teardown_appcontext(self, f: T_teardown) -> T_teardown:
        """Call a function when an application context ends, with the error or None.

        That is at the end of each request and command, and of each ``with app.app_context()``.
        It must not raise. What it returns is ignored.
        """
        self.teardown_appcontext_funcs.append(f)
        return f

    @setupmethod
    def shell_context_processor(self, f: T_shell_context_processor) -> T_shell_context_processor:
        """Call a function for each interactive shell; the dict it returns is added to the names."""
        self.shell_context_processors.append(f)
        return f

    def make_shell_context(self) -> dict[str, Any]:
        """Return the names that an interactive shell starts with."""
        names: dict[str, Any] = {"app": self, "g": g}
        for processor in self.shell_context_processors:
            names.update(processor())
        return names

    def _find_error_handler(
        self, e: Exception, blueprints: list[str]
    ) -> ErrorHandlerCallable | None:
        """Return the handler for an error: by code before by class, blueprint before app."""
        exc_class, code = self._get_exc_class_and_code(type(e))
        scopes = (*blueprints, None)
        for wanted in (code, None) if code is not None else (None,):
            for scope in scopes:
                handlers = self.error_handler_spec[scope][wanted]
                if not handlers:
                    continue
                for cls in exc_class.__mro__:
                    handler = handlers.get(cls)
                    if handler is not None:
                        return handler
        return None

    def trap_http_exception(self, e: Exception) -> bool:
        """Say whether an HTTP exception is treated as any other error, as the settings ask."""
        if self.config["TRAP_HTTP_EXCEPTIONS"]:
            return True
        trap: bool | None = self.config["TRAP_BAD_REQUEST_ERRORS"]
        if trap is None and self.debug and isinstance(e, BadRequestKeyError):
            return True
        return bool(trap) and isinstance(e, BadRequest)

    def should_ignore_error(self, error: BaseException | None) -> bool:
        """Say whether the teardown functions are kept from an error; a subclass may."""
        return False

    def redirect(self, location: str, code: int = 302) -> Response:
        """Return a response that sends the client elsewhere."""
        return cast(Response, _redirect(location, code=code, Response=self.response_class))

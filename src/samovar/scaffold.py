"""What an app and a blueprint have in common: registering views, hooks and error handlers.

Everything registered lies in plain dicts and lists, by the scope it is for: None for the whole
object, else a blueprint's name. They are live: each request reads them anew.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from functools import update_wrapper
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.utils import cached_property

from samovar.context import current_application
from samovar.helpers import get_root_path
from samovar.response import Response
from samovar.static import send_static
from samovar.templating import _default_template_ctx_processor
from samovar.typing import (
    AfterRequestCallable,
    AppOrBlueprintKey,
    BeforeRequestCallable,
    ErrorHandlerCallable,
    RouteCallable,
    StrPath,
    TeardownCallable,
    TemplateContextProcessorCallable,
    URLDefaultCallable,
    URLValuePreprocessorCallable,
)

if TYPE_CHECKING:
    from click import Group
    from jinja2 import BaseLoader

F = TypeVar("F", bound=Callable[..., Any])
T_after_request = TypeVar("T_after_request", bound=AfterRequestCallable[Any])
T_before_request = TypeVar("T_before_request", bound=BeforeRequestCallable)
T_error_handler = TypeVar("T_error_handler", bound=ErrorHandlerCallable)
T_route = TypeVar("T_route", bound=RouteCallable)
T_teardown = TypeVar("T_teardown", bound=TeardownCallable)
T_template_context_processor = TypeVar(
    "T_template_context_processor", bound=TemplateContextProcessorCallable
)
T_url_defaults = TypeVar("T_url_defaults", bound=URLDefaultCallable)
T_url_value_preprocessor = TypeVar("T_url_value_preprocessor", bound=URLValuePreprocessorCallable)

ErrorHandlerSpec = dict[
    AppOrBlueprintKey, dict[int | None, dict[type[Exception], ErrorHandlerCallable]]
]

_sentinel: Any = object()
"""Stands for an argument that was not given where None is a value."""


def setupmethod(f: F) -> F:
    """Make a method refuse to run once requests are answered, for it would come too late."""
    name = f.__name__

    def checked(self: Scaffold, *args: Any, **kwargs: Any) -> Any:
        self._check_setup_finished(name)
        return f(self, *args, **kwargs)

    return cast(F, update_wrapper(checked, f))


class Scaffold:
    """The common part of :class:`~samovar.app.App` and :class:`~samovar.blueprints.Blueprint`.

    Args:
        import_name: The import name of the module that makes the object.
        static_folder: The folder of files to be served as they are.
        static_url_path: The URL path they are served under.
        template_folder: The folder of templates.
        root_path: The folder that the others are relative to; found by ``import_name``.

    Attributes:
        view_functions: The view functions, by endpoint.
        error_handler_spec: Error handlers, by scope, status code (None for other exceptions)
            and class of exception.
        before_request_funcs: Functions called before each request, by scope.
        after_request_funcs: Functions called with each response, by scope.
        teardown_request_funcs: Functions called at the end of each request, by scope.
        template_context_processors: Functions that give templates more names, by scope.
        url_value_preprocessors: Functions called with what the URL matched, by scope.
        url_default_functions: Functions that complete the values for ``url_for``, by scope.
    """

    name: str
    _static_folder: str | None = None
    _static_url_path: str | None = None

    def __init__(
        self,
        import_name: str,
        static_folder: StrPath | None = None,
        static_url_path: str | None = None,
        template_folder: StrPath | None = None,
        root_path: str | None = None,
    ) -> None:
        self.import_name = import_name
        self.static_folder = static_folder
        self.static_url_path = static_url_path
        self.template_folder = template_folder
        self.root_path = get_root_path(import_name) if root_path is None else root_path
        self.view_functions: dict[str, RouteCallable] = {}
        self.error_handler_spec: ErrorHandlerSpec = defaultdict(lambda: defaultdict(dict))
        self.before_request_funcs: dict[AppOrBlueprintKey, list[BeforeRequestCallable]]
        self.before_request_funcs = defaultdict(list)
        self.after_request_funcs: dict[AppOrBlueprintKey, list[AfterRequestCallable[Any]]]
        self.after_request_funcs = defaultdict(list)
        self.teardown_request_funcs: dict[AppOrBlueprintKey, list[TeardownCallable]]
        self.teardown_request_funcs = defaultdict(list)
        self.template_context_processors: dict[
            AppOrBlueprintKey, list[TemplateContextProcessorCallable]
        ] = defaultdict(list, {None: [_default_template_ctx_processor]})
        self.url_value_preprocessors: dict[AppOrBlueprintKey, list[URLValuePreprocessorCallable]]
        self.url_value_preprocessors = defaultdict(list)
        self.url_default_functions: dict[AppOrBlueprintKey, list[URLDefaultCallable]]
        self.url_default_functions = defaultdict(list)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    def _check_setup_finished(self, f_name: str) -> None:
        raise NotImplementedError

    @property
    def static_folder(self) -> str | None:
        """The folder of static files, absolute, or None where there is none."""
        if self._static_folder is None:
            return None
        return os.path.join(self.root_path, self._static_folder)

    @static_folder.setter
    def static_folder(self, value: StrPath | None) -> None:
        self._static_folder = None if value is None else os.fspath(value).rstrip(r"\/")

    @property
    def has_static_folder(self) -> bool:
        """Whether a static folder is named; it need not exist."""
        return self.static_folder is not None

    @property
    def static_url_path(self) -> str | None:
        """The URL path of static files: what was given, else the static folder's name."""
        if self._static_url_path is not None:
            return self._static_url_path
        if self.static_folder is not None:
            return f"/{os.path.basename(self.static_folder)}".rstrip("/")
        return None

    @static_url_path.setter
    def static_url_path(self, value: str | None) -> None:
        self._static_url_path = None if value is None else value.rstrip("/")

    def get_send_file_max_age(self, filename: str | None) -> int | None:
        """Return how long browsers may keep a file, in seconds, or None to have them ask.

        SEND_FILE_MAX_AGE_DEFAULT; a subclass may decide by the file's name.
        """
        value: timedelta | int | None = current_application().config["SEND_FILE_MAX_AGE_DEFAULT"]
        return int(value.total_seconds()) if isinstance(value, timedelta) else value

    def send_static_file(self, filename: str) -> Response:
        """Answer with a file of the static folder: the view of the ``static`` endpoint.

        Raises:
            RuntimeError: There is no static folder.
            NotFound: There is no such file.
        """
        if self.static_folder is None:
            raise RuntimeError("'static_folder' must be set to serve static_files.")
        # The blueprint's own, which send_from_directory does not know.
        max_age = self.get_send_file_max_age(filename)
        return send_static(self.static_folder, filename, max_age)

    @cached_property
    def cli(self) -> Group:
        """The object's commands, a group of click's."""
        # PERF: imported for who has commands: 7 ms.
        from samovar.commands import AppGroup

        return AppGroup(self.name)

    @cached_property
    def jinja_loader(self) -> BaseLoader | None:
        """What loads templates from the template folder, or None where there is none."""
        if self.template_folder is None:
            return None
        # PERF: imported for who has templates: 11 ms.
        from jinja2 import FileSystemLoader

        return FileSystemLoader(os.path.join(self.root_path, self.template_folder))

    def open_resource(
        self, resource: str, mode: str = "rb", encoding: str | None = "utf-8"
    ) -> IO[Any]:
        """Open a file that lies beside the module; the caller closes it.

        Args:
            resource: The path, relative to ``root_path``.
            mode: ``"rb"`` for bytes, ``"r"`` or ``"rt"`` for text.
            encoding: The encoding of text.

        Raises:
            ValueError: The mode is another.
            OSError: The file cannot be opened.
        """
        if mode not in {"r", "rt", "rb"}:
            raise ValueError(f"Resources can only be opened for reading, not with mode {mode!r}.")
        path = os.path.join(self.root_path, resource)
        return open(path, mode, encoding=None if mode == "rb" else encoding)

    def _method_route(
        self, method: str, rule: str, options: dict[str, Any]
    ) -> Callable[[T_route], T_route]:
        if "methods" in options:
            raise TypeError("Use the 'route' decorator to use the 'methods' argument.")
        return self.route(rule, methods=[method], **options)

    @setupmethod
    def get(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Register a view function for GET: ``route`` with ``methods=["GET"]``."""
        return self._method_route("GET", rule, options)

    @setupmethod
    def post(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Register a view function for POST: ``route`` with ``methods=["POST"]``."""
        return self._method_route("POST", rule, options)

    @setupmethod
    def put(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Register a view function for PUT: ``route`` with ``methods=["PUT"]``."""
        return self._method_route("PUT", rule, options)

    @setupmethod
    def delete(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Register a view function for DELETE: ``route`` with ``methods=["DELETE"]``."""
        return self._method_route("DELETE", rule, options)

    @setupmethod
    def patch(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Register a view function for PATCH: ``route`` with ``methods=["PATCH"]``."""
        return self._method_route("PATCH", rule, options)

    @setupmethod
    def route(self, rule: str, **options: Any) -> Callable[[T_route], T_route]:
        """Register a view function for a URL rule, as a decorator.

        Args:
            rule: The rule, for instance ``"/user/<int:id>"``.
            **options: As for :meth:`add_url_rule`.
        """

        def decorator(f: T_route) -> T_route:
            endpoint = options.pop("endpoint", None)
            self.add_url_rule(rule, endpoint, f, **options)
            return f

        return decorator

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: RouteCallable | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Register a URL rule.

        Args:
            rule: The rule.
            endpoint: Its name for ``url_for``; by default the view function's.
            view_func: The view function; it may be set later in ``view_functions``.
            provide_automatic_options: Whether OPTIONS is answered without the view.
            **options: ``methods``, ``defaults`` and what else Werkzeug's ``Rule`` takes.
        """
        raise NotImplementedError

    @setupmethod
    def endpoint(self, endpoint: str) -> Callable[[F], F]:
        """Register a view function for an endpoint whose rules are added elsewhere."""

        def decorator(f: F) -> F:
            self.view_functions[endpoint] = f
            return f

        return decorator

    @setupmethod
    def before_request(self, f: T_before_request) -> T_before_request:
        """Call a function before each request; what it returns, unless None, is the answer."""
        self.before_request_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def after_request(self, f: T_after_request) -> T_after_request:
        """Call a function with each response; it returns the response, or another."""
        self.after_request_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def teardown_request(self, f: T_teardown) -> T_teardown:
        """Call a function when a request's context ends, with the error that ended it or None.

        It must not raise. What it returns is ignored.
        """
        self.teardown_request_funcs.setdefault(None, []).append(f)
        return f

    @setupmethod
    def context_processor(self, f: T_template_context_processor) -> T_template_context_processor:
        """Call a function for each template; the dict it returns is added to the names."""
        self.template_context_processors[None].append(f)
        return f

    @setupmethod
    def url_value_preprocessor(self, f: T_url_value_preprocessor) -> T_url_value_preprocessor:
        """Call a function with endpoint and view arguments of each request, before all else.

        It may change the arguments. What it returns is ignored.
        """
        self.url_value_preprocessors[None].append(f)
        return f

    @setupmethod
    def url_defaults(self, f: T_url_defaults) -> T_url_defaults:
        """Call a function with endpoint and values of each ``url_for``; it may add values."""
        self.url_default_functions[None].append(f)
        return f

    @setupmethod
    def errorhandler(
        self, code_or_exception: type[Exception] | int
    ) -> Callable[[T_error_handler], T_error_handler]:
        """Register a function that answers for an error, as a decorator.

        Args:
            code_or_exception: A status code, or a class of exceptions.
        """

        def decorator(f: T_error_handler) -> T_error_handler:
            self.register_error_handler(code_or_exception, f)
            return f

        return decorator

    @setupmethod
    def register_error_handler(
        self, code_or_exception: type[Exception] | int, f: ErrorHandlerCallable
    ) -> None:
        """Register a function that answers for an error.

        Raises:
            ValueError: No exception has the status code, or the class is no exception.
            TypeError: An exception was given instead of its class.
        """
        exc_class, code = self._get_exc_class_and_code(code_or_exception)
        self.error_handler_spec[None][code][exc_class] = f

    @staticmethod
    def _get_exc_class_and_code(
        exc_class_or_code: type[Exception] | int,
    ) -> tuple[type[Exception], int | None]:
        """Return the class of exceptions that is meant, and its status code if it has one."""
        exc_class: type[Exception]
        if isinstance(exc_class_or_code, int):
            if exc_class_or_code not in default_exceptions:
                raise ValueError(
                    f"'{exc_class_or_code}' is not a recognized HTTP error code. Use a subclass of"
                    " HTTPException with that code instead."
                )
            exc_class = default_exceptions[exc_class_or_code]
        else:
            exc_class = exc_class_or_code
        if isinstance(exc_class, Exception):
            raise TypeError(
                f"{exc_class!r} is an instance, not a class. Handlers can only be registered for"
                " Exception classes or HTTP error codes."
            )
        if not issubclass(exc_class, Exception):
            raise ValueError(
                f"'{exc_class.__name__}' is not a subclass of Exception. Handlers can only be"
                " registered for Exception classes or HTTP error codes."
            )
        if issubclass(exc_class, HTTPException):
            return exc_class, exc_class.code
        return exc_class, None


def _endpoint_from_view_func(view_func: RouteCallable) -> str:
    """Return the endpoint that a view function gets where none is named."""
    # Without either, there would be nothing to call and no name to call it by.
    assert view_func is not None, "expected view func if endpoint is not provided."
    name: str = view_func.__name__
    return name

"""What programs call while they answer a request, and what they ask of their surroundings."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextvars import copy_context
from functools import update_wrapper
from importlib.util import find_spec
from inspect import GEN_CREATED, getgeneratorstate
from typing import Any, AnyStr, NoReturn, TypeVar, cast, overload

from werkzeug.exceptions import abort as _abort
from werkzeug.utils import redirect as _redirect
from werkzeug.wrappers import Response as BaseResponse

from samovar.ambient import application_or_none
from samovar.context import (
    AppContext,
    RequestContext,
    app_ctx,
    current_application,
    has_request_context,
    request_ctx,
    session,
)
from samovar.frames import show
from samovar.response import Response
from samovar.signals import message_flashed

T = TypeVar("T")

NO_WORDS = frozenset({"0", "false", "no"})
"""What an environment variable says to mean no."""


def get_debug_flag() -> bool:
    """Return whether the environment variable FLASK_DEBUG asks for debug mode."""
    value = os.environ.get("FLASK_DEBUG", "")
    return value != "" and value.lower() not in NO_WORDS


def get_load_dotenv(default: bool = True) -> bool:
    """Return whether dotenv files are to be loaded: not where FLASK_SKIP_DOTENV says so.

    Args:
        default: The answer where the variable is not set.
    """
    value = os.environ.get("FLASK_SKIP_DOTENV")
    return value.lower() in NO_WORDS if value else default


def url_for(
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
        endpoint: The endpoint; with a dot in front, one of the current blueprint.
        _anchor: What comes after ``#``.
        _method: The request method, where the endpoint has rules for several.
        _scheme: The scheme of an external URL.
        _external: Whether the URL starts with scheme and host; outside of a request it does.
        **values: The variables of the rule. Others become the query.

    Raises:
        BuildError: No rule fits.
        RuntimeError: No app is current; or no request is, and SERVER_NAME is not set.
    """
    return current_application().url_for(
        endpoint,
        _anchor=_anchor,
        _method=_method,
        _scheme=_scheme,
        _external=_external,
        **values,
    )


def redirect(
    location: str,
    code: int = 302,
    Response: type[Response] = Response,  # noqa: N803  # programs pass it by this name
) -> Response:
    """Return a response that sends the client to another URL.

    Args:
        location: The URL.
        code: The status code.
        Response: The class of the response where no app is current; an app has its own.
    """
    app = application_or_none()
    if app is not None:
        return app.redirect(location, code=code)  # type: ignore[return-value]  # one of ours
    return _redirect(location, code=code, Response=Response)  # type: ignore[return-value]  # likewise


def abort(code: int | BaseResponse, *args: Any, **kwargs: Any) -> NoReturn:
    """End the request here, with a status code or a response.

    Args:
        code: The status code, which raises the exception of its kind; or the response.
        *args: Given to the exception: a description, for instance.
        **kwargs: Likewise.

    Raises:
        HTTPException: Always.
        LookupError: The app's ``aborter`` knows no exception for the code.
    """
    app = application_or_none()
    if app is not None:
        app.aborter(code, *args, **kwargs)
    _abort(code, *args, **kwargs)


def make_response(*args: Any) -> Response:
    """Return a response object of what a view function may return, to set headers on it.

    ::

        response = make_response(render_template("report.html"), 202)
        response.headers["X-Parachutes"] = "are cool"

    Args:
        *args: One value, or the parts of a tuple: content, status, headers. None at all makes
            an empty response.
    """
    app = current_application()
    response: Response
    if not args:
        response = app.response_class()  # type: ignore[assignment]  # an app's is one of ours
    else:
        response = app.make_response(args[0] if len(args) == 1 else args)
    return response


def get_template_attribute(template_name: str, attribute: str) -> Any:
    """Return a macro or variable that a template defines.

    Args:
        template_name: The template's name.
        attribute: The name of the macro or variable.

    Raises:
        AttributeError: The template defines no such thing.
    """
    return getattr(current_application().jinja_env.get_template(template_name).module, attribute)


def flash(message: str, category: str = "message") -> None:
    """Keep a message for the next page; its template shows it with get_flashed_messages().

    Args:
        message: The message.
        category: What kind of message: ``"error"``, ``"info"``, ``"warning"`` or any text.
    """
    # Assigned, not appended to: a session that lives elsewhere sees only what is assigned.
    session["_flashes"] = [*session.get("_flashes", []), (category, message)]
    if message_flashed.receivers:
        app = current_application()
        message_flashed.send(
            app, _async_wrapper=app.ensure_sync, message=message, category=category
        )


def get_flashed_messages(
    with_categories: bool = False, category_filter: Iterable[str] = ()
) -> list[str] | list[tuple[str, str]]:
    """Return the messages that were flashed, and forget them; this request keeps its copy.

    Args:
        with_categories: Return pairs of category and message instead.
        category_filter: Return only messages of these categories.
    """
    context = request_ctx._get_current_object()
    flashes: list[tuple[str, str]] | None = context.flashes
    if flashes is None:
        flashes = session.pop("_flashes") if "_flashes" in session else []
        context.flashes = flashes
    if category_filter:
        wanted = list(category_filter)
        flashes = [flashed for flashed in flashes if flashed[0] in wanted]
    return flashes if with_categories else [message for _, message in flashes]


@overload
def stream_with_context(generator_or_function: Iterator[AnyStr]) -> Iterator[AnyStr]: ...


@overload
def stream_with_context(
    generator_or_function: Callable[..., Iterator[AnyStr]],
) -> Callable[..., Iterator[AnyStr]]: ...


def stream_with_context(
    generator_or_function: Iterator[AnyStr] | Callable[..., Iterator[AnyStr]],
) -> Iterator[AnyStr] | Callable[..., Iterator[AnyStr]]:
    """Keep ``request``, ``session`` and ``g`` for a generator that runs when the view is done.

    ::

        @app.get("/stream")
        def stream():
            @stream_with_context
            def generate():
                yield "Hello "
                yield request.args["name"]

            return generate()

    Args:
        generator_or_function: A generator (any iterator), or a function that returns one.

    Returns:
        The like of what was given.

    Raises:
        RuntimeError: No request is current when the generator comes to be.
    """
    try:
        iterator = iter(generator_or_function)  # type: ignore[arg-type]  # the except is for these
    except TypeError:
        function = cast(Callable[..., Iterator[AnyStr]], generator_or_function)

        def decorated(*args: Any, **kwargs: Any) -> Iterator[AnyStr]:
            return stream_with_context(function(*args, **kwargs))

        return update_wrapper(decorated, function)
    if not has_request_context():
        raise RuntimeError(
            "'stream_with_context' can only be used when a request context is active, such as in"
            " a view function."
        )
    return _ContextKeeper(iterator)


class _ContextKeeper(Iterator[T]):
    """An iterator that runs with the contexts, and all context variables, of its birth.

    It steps in variables of its own. Whoever iterates may do so in any thread, and may take turns
    with other requests: nothing of this one is left behind between two steps.
    """

    def __init__(self, iterator: Iterator[T]) -> None:
        contexts = app_ctx._get_current_object(), request_ctx._get_current_object()
        self._iterator = iterator
        self._variables = copy_context()
        # Both stay visible together: once popped, the request's context forgets the app's.
        self._variables.run(show, *contexts)
        self._steps = _step_through(iterator, *contexts)

    def __next__(self) -> T:
        return self._variables.run(next, self._steps)

    def close(self) -> None:
        """Give up what was not iterated over."""
        if getgeneratorstate(self._steps) == GEN_CREATED:
            _close(self._iterator)
        self._variables.run(self._steps.close)

    def __del__(self) -> None:
        # The steps end in their own variables, also where nobody closed them.
        self._variables.run(self._steps.close)


def _step_through(
    iterator: Iterator[T], app_context: AppContext, request_context: RequestContext
) -> Generator[T, None, None]:
    error: BaseException | None = None
    try:
        for item in iterator:  # noqa: UP028  # it would pass close() on, which is called below
            yield item
    except BaseException as caught:
        error = caught
        raise
    finally:
        try:
            _close(iterator)
        finally:
            _tear_down(app_context, request_context, error)


def _tear_down(
    app_context: AppContext, request_context: RequestContext, error: BaseException | None
) -> None:
    """Close what the iterator opened for its request, unless the request itself is still to end.

    The functions for its end were called when the view was done; what they close, a database
    connection for instance, may have been opened anew since.
    """
    app = app_context.app
    try:
        if not request_context._pushed:
            app.do_teardown_request(error)
    finally:
        if not app_context._pushed and not app_context._held:
            app.do_teardown_appcontext(error)


def _close(iterator: Iterator[Any]) -> None:
    close = getattr(iterator, "close", None)
    if close is not None:
        close()


def get_root_path(import_name: str) -> str:
    """Return the folder of a module, or the working directory where it cannot be found.

    Args:
        import_name: The module's import name. It need not be imported.

    Raises:
        RuntimeError: The module has no file, as a namespace package.
    """
    module = sys.modules.get(import_name)
    filename = getattr(module, "__file__", None)
    if filename is None:
        try:
            spec = find_spec(import_name)
        except (ImportError, ValueError):
            spec = None
        if spec is None or spec.loader is None:
            # A module that was typed in: it is where it runs.
            return os.getcwd()
        filename = _file_of(import_name, spec.loader)
    return os.path.dirname(os.path.abspath(filename))


def _file_of(import_name: str, loader: Any) -> str:
    if hasattr(loader, "get_filename"):
        filename: str | None = loader.get_filename(import_name)
    else:
        __import__(import_name)
        filename = getattr(sys.modules[import_name], "__file__", None)
    if filename is None:
        raise RuntimeError(
            f"No root path can be found for the provided module {import_name!r}: it has no file,"
            " as a namespace package has none, or it came from an import hook that names none."
            " Say where its folder is: App(..., root_path=...)."
        )
    return filename

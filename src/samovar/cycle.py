"""The request cycle, once, for plain and ``async def`` functions.

Each step is a generator that yields whatever turns out to be awaitable
(:data:`samovar.awaiting.Steps`). Read from the top, they are the life of a request::

    respond_steps                      push the context, answer, turn errors into responses
      full_dispatch_steps
        preprocess_steps               before_request functions
        dispatch_steps                 the view
        handle_user_exception_steps    error handlers
        finalize_steps
          process_response_steps       after_request functions, session
      handle_exception_steps           errors that nobody handled

The methods of the same names on :class:`~samovar.app.App` run these steps in plain code. Where a
program put a method of its own in the place of one, :func:`take_step` calls that instead.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from inspect import iscoroutinefunction
from types import CoroutineType
from typing import Any, cast

from werkzeug.exceptions import BadRequestKeyError, HTTPException, InternalServerError
from werkzeug.routing import RoutingException

from samovar.awaiting import OFF_LOOP, Steps, where
from samovar.context import RequestContext, _current_request_ctx
from samovar.core import AppCore
from samovar.exchange import Reply
from samovar.response import Response
from samovar.sessions import SecureCookieSessionInterface, SessionMixin
from samovar.signals import (
    appcontext_tearing_down,
    got_request_exception,
    request_finished,
    request_started,
    request_tearing_down,
)

Shortcut = Callable[[Any], Reply | None]


def invoke(app: AppCore, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Steps[Any]:
    """Call a view, hook or handler of the program, and have its result awaited if need be."""
    if where.on_loop and (app._converts_async or not iscoroutinefunction(func)):
        yield OFF_LOOP
    if app._converts_async:
        return app.ensure_sync(func)(*args, **kwargs)
    result = func(*args, **kwargs)
    if type(result) is CoroutineType or hasattr(type(result), "__await__"):
        result = yield result
    return result


def take_step(app: AppCore, name: str, *args: Any) -> Steps[Any]:
    """Return a step of the cycle, or what calls the method that the program put in its place."""
    if name not in app._replaced:
        return _STEPS[name](app, *args)
    return _take_replaced(app, name, *args)


def _take_replaced(app: AppCore, name: str, *args: Any) -> Steps[Any]:
    if where.on_loop:
        yield OFF_LOOP
    result = getattr(app, name)(*args)
    if type(result) is CoroutineType:
        result = yield result
    return result


def respond_steps(
    app: AppCore, context: RequestContext, shortcut: Shortcut | None = None
) -> Steps[Any]:
    """Push a context and answer its request.

    The caller pops the context, whatever happens, with the context's ``error``.

    Args:
        app: The app.
        context: The context, which is not pushed yet.
        shortcut: Makes a reply of what a view returned without a response, where it can.

    Returns:
        The response, or the shortcut's reply.

    Raises:
        Exception: What the program raises, where errors are propagated (in debug mode and in
            testing).
    """
    try:
        context.push()
        if shortcut is not None:
            return (yield from full_dispatch_steps(app, shortcut))
        response: Response = yield from take_step(app, "full_dispatch_request")
        return response
    except Exception as error:
        return (yield from recover_steps(app, context, error))
    except BaseException as error:
        context.error = error
        raise


def recover_steps(app: AppCore, context: RequestContext, error: Exception) -> Steps[Response]:
    """Answer for an error that nobody handled; called while it is being handled."""
    context.error = error
    response: Response = yield from take_step(app, "handle_exception", error)
    return response


def full_dispatch_steps(app: AppCore, shortcut: Shortcut | None = None) -> Steps[Any]:
    """Answer the current request, error handlers and response functions included."""
    if not app._got_first_request:
        app._got_first_request = True
    try:
        if request_started.receivers:
            request_started.send(app, _async_wrapper=app.ensure_sync)
        result = yield from take_step(app, "preprocess_request")
        if result is None:
            result = yield from take_step(app, "dispatch_request")
    except Exception as error:
        result = yield from take_step(app, "handle_user_exception", error)
    if shortcut is not None:
        reply = shortcut(result)
        if reply is not None:
            return reply
    response: Response = yield from take_step(app, "finalize_request", result)
    return response


def preprocess_steps(app: AppCore) -> Steps[Any]:
    """Call the functions that come before the view; return what one of them answers."""
    if not (app.url_value_preprocessors or app.before_request_funcs):
        return None
    context = _current_request_ctx()
    # From the app inwards.
    scopes = context.scopes[::-1]
    if app.url_value_preprocessors:
        for scope in scopes:
            for preprocess in app.url_value_preprocessors.get(scope, ()):
                request = context.request
                preprocess(request.endpoint, request.view_args)
    for scope in scopes:
        for before in app.before_request_funcs.get(scope, ()):
            result = yield from invoke(app, before)
            if result is not None:
                return result
    return None


def dispatch_steps(app: AppCore) -> Steps[Any]:
    """Call the view that the request matched."""
    context = _current_request_ctx()
    rule, arguments = context.untouched_rule, None
    if rule is not None:
        arguments = context.view_args
    else:
        request = context.request
        if request.routing_exception is not None:
            app.raise_routing_exception(request)
        rule, arguments = request.url_rule, request.view_args
        # No rule and no exception: the request could not be matched, as without a URL adapter.
        assert rule is not None, "The request was not matched."
        if request.method == "OPTIONS" and getattr(rule, "provide_automatic_options", False):
            return app.make_default_options_response()
    return (yield from invoke(app, app.view_functions[rule.endpoint], **(arguments or {})))


def handle_user_exception_steps(app: AppCore, error: Exception) -> Steps[Any]:
    """Have the handler for an error answer, or raise it again where there is none."""
    if isinstance(error, BadRequestKeyError) and (
        app.debug or app.config["TRAP_BAD_REQUEST_ERRORS"]
    ):
        error.show_exception = True
    if isinstance(error, HTTPException) and not app.trap_http_exception(error):
        return (yield from take_step(app, "handle_http_exception", error))
    handler = app._find_error_handler(error, _current_request_ctx().request.blueprints)
    if handler is None:
        raise error
    return (yield from invoke(app, handler, error))


def handle_http_exception_steps(app: AppCore, error: HTTPException) -> Steps[Any]:
    """Have the handler for an HTTP exception answer, or let it answer for itself."""
    # Without a code it carries a finished response; a routing exception is a redirect.
    if error.code is None or isinstance(error, RoutingException):
        return error
    handler = app._find_error_handler(error, _current_request_ctx().request.blueprints)
    if handler is None:
        return error
    return (yield from invoke(app, handler, error))


def handle_exception_steps(app: AppCore, error: Exception) -> Steps[Response]:
    """Log an error that nobody handled and answer 500, or propagate it."""
    exc_info = sys.exc_info()
    if where.on_loop:
        # Signals and log handlers are plain functions too.
        yield OFF_LOOP
    if got_request_exception.receivers:
        got_request_exception.send(app, _async_wrapper=app.ensure_sync, exception=error)
    propagate = app.config["PROPAGATE_EXCEPTIONS"]
    if propagate is None:
        propagate = app.testing or app.debug
    if propagate:
        raise error
    app.log_exception(exc_info)
    server_error = InternalServerError(original_exception=error)
    result: Any = server_error
    handler = app._find_error_handler(server_error, _current_request_ctx().request.blueprints)
    if handler is not None:
        result = yield from invoke(app, handler, server_error)
    response: Response = yield from take_step(app, "finalize_request", result, True)
    return response


def finalize_steps(app: AppCore, result: Any, from_error_handler: bool = False) -> Steps[Response]:
    """Make a response of what a view or handler returned, and call what wants to see it.

    Args:
        app: The app.
        result: What was returned.
        from_error_handler: Whether an error on the way is only logged, for one is being
            handled already.
    """
    response: Response = app.make_response(result)
    try:
        response = yield from take_step(app, "process_response", response)
        if request_finished.receivers:
            if where.on_loop:
                yield OFF_LOOP
            request_finished.send(app, _async_wrapper=app.ensure_sync, response=response)
    except Exception:
        if not from_error_handler:
            raise
        app.logger.exception("Request finalizing failed with an error while handling an error")
    return response


def process_response_steps(app: AppCore, response: Any) -> Steps[Any]:
    """Call the functions that come after the view, and save the session."""
    context = _current_request_ctx()
    if "_after_request_functions" in context.made:
        for after in context._after_request_functions:
            response = yield from invoke(app, after, response)
    if app.after_request_funcs:
        for scope in context.scopes:
            for after in reversed(app.after_request_funcs.get(scope, ())):
                response = yield from invoke(app, after, response)
    if session_matters(app, context):
        interface = app.session_interface
        session = context._session
        if where.on_loop and not app._session_opens_late:
            # The program's own sessions may be kept anywhere.
            yield OFF_LOOP
        if not interface.is_null_session(session):
            interface.save_session(app, cast(SessionMixin, session), response)
    return response


def session_matters(app: AppCore, context: RequestContext) -> bool:
    """Say whether saving the session could change the response.

    A session that nobody opened matters only where the request brings it and it is permanent,
    for it is renewed then.
    """
    if not context.session_waits:
        return True
    if not app.config["SECRET_KEY"]:
        return False
    exchange = context.exchange
    if exchange is None:
        cookie: str | None = context.request.environ.get("HTTP_COOKIE")
        cookies = [] if cookie is None else [cookie.encode("latin-1", "replace")]
    else:
        cookies = [value for name, value in exchange.fields if name == b"cookie"]
    if not cookies:
        return False
    # Sessions wait to be opened with this kind of interface alone.
    interface = cast(SecureCookieSessionInterface, app.session_interface)
    return interface.unopened_matters(app, cookies)


def teardown_request_steps(app: AppCore, error: BaseException | None) -> Steps[None]:
    """Call the functions for the end of a request."""
    if app.teardown_request_funcs:
        for scope in _current_request_ctx().scopes:
            for teardown in reversed(app.teardown_request_funcs.get(scope, ())):
                yield from invoke(app, teardown, error)
    if request_tearing_down.receivers:
        if where.on_loop:
            yield OFF_LOOP
        request_tearing_down.send(app, _async_wrapper=app.ensure_sync, exc=error)


def teardown_appcontext_steps(app: AppCore, error: BaseException | None) -> Steps[None]:
    """Call the functions for the end of an application context."""
    for teardown in reversed(app.teardown_appcontext_funcs):
        yield from invoke(app, teardown, error)
    if appcontext_tearing_down.receivers:
        if where.on_loop:
            yield OFF_LOOP
        appcontext_tearing_down.send(app, _async_wrapper=app.ensure_sync, exc=error)


_STEPS: dict[str, Callable[..., Steps[Any]]] = {
    "do_teardown_appcontext": teardown_appcontext_steps,
    "do_teardown_request": teardown_request_steps,
    "dispatch_request": dispatch_steps,
    "finalize_request": finalize_steps,
    "full_dispatch_request": full_dispatch_steps,
    "handle_exception": handle_exception_steps,
    "handle_http_exception": handle_http_exception_steps,
    "handle_user_exception": handle_user_exception_steps,
    "preprocess_request": preprocess_steps,
    "process_response": process_response_steps,
}

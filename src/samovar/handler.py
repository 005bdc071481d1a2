"""The exchange door: how the server hands a request to an app, and gets the reply.

Most requests take the short way through :meth:`AppHandler.handle`: the route is found in the
index, the view is called, and what it returned becomes the reply. Whatever that way does not
know how to do, it leaves to the whole cycle (:mod:`samovar.cycle`), before the view where hooks
are registered, or after it where the view asked for more than its answer.

PERF: hello costs 1.0 us and 5 Python calls here, a JSON answer for ``/user/<int:id>`` 4 us; the
whole cycle with one function before the view 6 us and 40 calls.
"""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine
from contextvars import Context, Token, copy_context
from functools import partial
from time import perf_counter
from types import CoroutineType
from typing import Any

from samovar.ambient import Standpoint, innermost
from samovar.app import App
from samovar.awaiting import Steps, adopt, await_steps
from samovar.context import RequestContext
from samovar.cycle import Shortcut, recover_steps, respond_steps, take_step
from samovar.exchange import Answer, BodyPolicy, Exchange, Reply
from samovar.incoming import decoded_path
from samovar.plan import Plan, is_watched, make_plan, plain_reply
from samovar.replying import called, reply_of
from samovar.routing import Route, RouteIndex
from samovar.signals import request_finished

BLOCKING = 0.001
"""Seconds of run time from which a view is known to block, so that others need not wait for it."""

NOTEWORTHY = 0.0005
"""Seconds of run time from which a view's cost is kept account of at all."""

_new_context = RequestContext.__new__


class AppHandler:
    """Answers a server's exchanges with an app; see :class:`samovar.exchange.Handler`.

    Args:
        app: The app.
    """

    __slots__ = ("app",)

    def __init__(self, app: App) -> None:
        self.app = app

    def handle(self, exchange: Exchange) -> Answer:
        """Answer a request.

        Raises:
            Exception: What the program raises, where the app propagates errors: in debug mode
                and in testing.
        """
        app = self.app
        plan: Plan = app._plan or make_plan(app)
        if plan.revision != plan.url_map.revision:
            plan = make_plan(app)
        if not plan.direct or app.config["TRUSTED_HOSTS"] is not None:
            return self._go_through(plan, exchange, _route_of(plan.index, exchange), None)
        route = arguments = None
        literal = plan.literal.get(exchange.target)
        if literal is not None:
            route = literal.get(exchange.method)
        elif (found := _find(plan.index, exchange)) is not None:
            route, arguments = found
        if route is None or (plan.index.has_websockets and _wants_upgrade(exchange)):
            return self._go_through(plan, exchange, None, None)
        if is_watched(app):
            context = RequestContext.for_exchange(app, exchange, route.rule, arguments)
            return self._go_through(plan, exchange, route, context)

        context = _new_context(RequestContext)
        context.app = app
        context.exchange = exchange
        context.url_rule = route.rule
        context.view_args = arguments
        context.session_waits = True
        context.made = ()
        if route.blocks:
            exchange.about_to_block()
        token = innermost.set(context)
        started = perf_counter()
        try:
            if arguments:
                returned = app.view_functions[route.endpoint](**arguments)
            else:
                returned = app.view_functions[route.endpoint]()
        except Exception as error:
            return self._finish(context, token, error=error)
        except BaseException as gone:
            context.keep_push(token)
            context.pop(gone)
            raise
        if (spent := perf_counter() - started) > NOTEWORTHY or route.cost:
            _take_note(route, spent)
        if type(returned) is CoroutineType:
            innermost.reset(token)
            return self._answer_later(plan, context, returned)
        reply = plain_reply(plan, context, returned)
        if reply is None:
            return self._finish(context, token, returned)
        innermost.reset(token)
        return reply

    def _go_through(
        self, plan: Plan, exchange: Exchange, route: Route | None, context: RequestContext | None
    ) -> Answer:
        """Answer by the whole request cycle, and keep account of the time it takes.

        Args:
            plan: The app's plan.
            exchange: The request.
            route: The route that it seems to match, where that is known.
            context: Its context, or None to have one made that finds the route by itself.
        """
        if route is not None and route.blocks:
            exchange.about_to_block()
        started = perf_counter()
        if context is None:
            answer = self._go_the_long_way(plan, exchange)
        else:
            answer = self._go_around(plan, exchange, context)
        spent = perf_counter() - started
        if route is not None and (spent > NOTEWORTHY or route.cost):
            _take_note(route, spent)
        return answer

    def _go_the_long_way(self, plan: Plan, exchange: Exchange) -> Answer:
        app = self.app
        if not app._replaced.isdisjoint(("wsgi_app", "__call__")):
            # Middleware was put around the app, and speaks WSGI.
            return called(app, exchange)
        context: RequestContext
        if "request_context" in app._replaced:
            context = app.request_context(exchange.environ())
        else:
            context = RequestContext.for_exchange(app, exchange)
        return self._go_around(plan, exchange, context)

    def _go_around(self, plan: Plan, exchange: Exchange, context: RequestContext) -> Answer:
        app = self.app
        shortcut = None
        if plan.direct and not (app.after_request_funcs or request_finished.receivers):
            shortcut = partial(plain_reply, plan, context)
        return _start(self._cycle(context, exchange, shortcut), context)

    def _cycle(
        self, context: RequestContext, exchange: Exchange, shortcut: Shortcut | None
    ) -> Steps[Reply]:
        app = self.app
        try:
            answer = yield from respond_steps(app, context, shortcut)
            return answer if isinstance(answer, Reply) else reply_of(answer, exchange)
        finally:
            yield from context.pop_steps(app._error_for_teardown(context))

    def _finish(
        self,
        context: RequestContext,
        token: Token[Standpoint],
        returned: Any = None,
        error: Exception | None = None,
    ) -> Answer:
        """Take the rest of the cycle after the view has returned or raised."""
        context.keep_push(token)
        return _start(self._rest_of_cycle(context, returned, error), context)

    def _rest_of_cycle(
        self, context: RequestContext, returned: Any, error: Exception | None
    ) -> Steps[Reply]:
        app = self.app
        exchange = context.exchange
        assert exchange is not None, "It came through this door."
        try:
            try:
                if error is not None:
                    returned = yield from _handled(app, error)
                response = yield from take_step(app, "finalize_request", returned)
            except Exception as unhandled:
                response = yield from recover_steps(app, context, unhandled)
            return reply_of(response, exchange)
        finally:
            yield from context.pop_steps(app._error_for_teardown(context))

    async def _answer_later(
        self, plan: Plan, context: RequestContext, coroutine: Coroutine[Any, Any, Any]
    ) -> Reply:
        """Do for an ``async def`` view what :meth:`handle` does for a plain one."""
        token = innermost.set(context)
        returned = error = None
        try:
            returned = await coroutine
        except Exception as raised:
            error = raised
        except BaseException as gone:
            context.keep_push(token)
            context.pop(gone)
            raise
        else:
            reply = plain_reply(plan, context, returned)
            if reply is not None:
                innermost.reset(token)
                return reply
        context.keep_push(token)
        return await await_steps(self._rest_of_cycle(context, returned, error))

    def body_policy(self, exchange: Exchange) -> BodyPolicy:
        """Say how much body this request may carry: MAX_CONTENT_LENGTH.

        A body that is known to be longer is left to the view, unread: Flask's views may set a
        limit of their own, and where this one does not, reading answers 413.
        """
        limit: int | None = self.app.config["MAX_CONTENT_LENGTH"]
        length = exchange.content_length
        if limit is not None and length is not None and length > limit:
            return BodyPolicy(stream=True)
        return BodyPolicy(limit)

    def caught_blocking(self, exchange: Exchange) -> None:
        """Remember that the view which this request matched holds others up."""
        route = _route_of(self.app._route_index, exchange)
        if route is not None:
            route.cost = max(route.cost, BLOCKING)
            route.blocks = True


def _wants_upgrade(exchange: Exchange) -> bool:
    return any(name == b"upgrade" for name, _ in exchange.fields)


def _find(index: RouteIndex, exchange: Exchange) -> tuple[Route, dict[str, Any]] | None:
    """Find the route of a target that is not literal; converters run without a context."""
    method = exchange.method
    if method == "OPTIONS":
        return None
    # PERF: /user/7 is found in 0.4 us instead of 1.4 us; `python -m bench.parts user`.
    prefix, _, last = exchange.target.rpartition(b"/")
    numbered = index.numbered.get(prefix)
    if numbered is not None and last.isdigit() and method in numbered:
        found, name = numbered[method]
        return found, {name: int(last)}
    path, _, query = exchange.target.partition(b"?")
    if query:
        literal = index.literal.get(path)
        if literal is not None:
            route = literal.get(method)
            return None if route is None else (route, {})
    return index.find(decoded_path(path), method, in_context=False)


def _route_of(index: RouteIndex, exchange: Exchange) -> Route | None:
    """Return the route of a request, or None where the index does not say."""
    literal = index.literal.get(exchange.target)
    if literal is not None:
        return literal.get(exchange.method)
    found = _find(index, exchange)
    return None if found is None else found[0]


def _take_note(route: Route, spent: float) -> None:
    """Keep account of a view's run time, which says whether it is known to block."""
    cost = route.cost + (spent - route.cost) / 5
    # An average that has gone down is forgotten: the next request is not to be slowed down by it.
    route.cost = cost if cost > NOTEWORTHY else 0.0
    route.blocks = cost >= BLOCKING


def _handled(app: App, error: Exception) -> Steps[Any]:
    """Have the program's handler for an error answer, while the error is being handled."""
    try:
        raise error
    except Exception:
        return (yield from take_step(app, "handle_user_exception", error))


def _start(steps: Steps[Reply], context: RequestContext) -> Answer:
    """Run the cycle; where it has to wait, return a coroutine that runs the rest."""
    try:
        awaitable = next(steps)
    except StopIteration as stop:
        reply: Reply = stop.value
        return reply
    variables = copy_context()
    context.leave_thread()
    return _carry_on(steps, awaitable, variables)


async def _carry_on(steps: Steps[Reply], awaitable: Awaitable[Any], variables: Context) -> Reply:
    adopt(variables)
    return await await_steps(steps, awaitable)

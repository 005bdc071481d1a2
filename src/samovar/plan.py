"""The short way from a request to its reply: what is known ahead, and what it can do.

A :class:`Plan` is made of an app once, and again after a change that :class:`~samovar.app.App`
noticed. The handler asks :func:`is_watched` for what may change at any time.
"""

from __future__ import annotations

from typing import Any, cast

from werkzeug.wrappers import Request as RequestBase

from samovar.app import App
from samovar.context import RequestContext
from samovar.cycle import session_matters
from samovar.exchange import Reply
from samovar.file_response import FileResponse
from samovar.json.provider import DefaultJSONProvider
from samovar.replying import NO_CONTENT
from samovar.response import Response
from samovar.routing import Map, RouteIndex
from samovar.signals import (
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    request_finished,
    request_started,
    request_tearing_down,
)

ConstantFields = tuple[tuple[str, str], ...]
"""Header fields that are the same each time; the server encodes them once."""

# PERF: blinker keeps one dict of receivers per signal for good; asking it costs 10 ns.
_on_pushed = appcontext_pushed.receivers
_on_popped = appcontext_popped.receivers
_on_tearing_down_app = appcontext_tearing_down.receivers
_on_started = request_started.receivers
_on_finished = request_finished.receivers
_on_tearing_down = request_tearing_down.receivers

_WITH_CONTENT = frozenset(range(200, 600)) - NO_CONTENT

_HARMLESS = frozenset(("app_ctx", "flashes", "request", "url_adapter"))
"""What a view may have asked of its context without the end of the request being another."""


class Plan:
    """What is known of an app until something is assigned to it.

    Attributes:
        direct: Whether the short way may be taken at all.
        url_map: The URL map.
        revision: The map's revision that the plan was made for.
        index: The route index.
        literal: The index's literal routes.
        text_fields: Header fields of a view's text.
        json_fields: Header fields of a view's dict or list.
        json: The provider that writes these, or None where the app has its own way.
    """

    __slots__ = (
        "direct",
        "index",
        "json",
        "json_fields",
        "literal",
        "revision",
        "text_fields",
        "url_map",
    )

    def __init__(self, app: App) -> None:
        response_class = app.response_class
        # Of a map that is not ours, nothing is known but what it answers.
        self.url_map = app.url_map if isinstance(app.url_map, Map) else Map()
        self.revision = self.url_map.revision
        self.index: RouteIndex = app._route_index
        self.literal = self.index.literal
        self.direct = (
            app._got_first_request
            and not app._replaced
            and response_class is Response
            and response_class.default_status == 200
            and app._session_opens_late
            and self.index.decides
            and not app.subdomain_matching
            and getattr(app.request_class, "close", None) is RequestBase.close
        )
        text = Response(mimetype=response_class.default_mimetype)
        self.text_fields: ConstantFields = (("Content-Type", text.headers["Content-Type"]),)
        provider = app.json
        self.json: DefaultJSONProvider | None = None
        self.json_fields: ConstantFields = ()
        if type(provider) is DefaultJSONProvider and "response" not in provider.__dict__:
            self.json = provider
            self.json_fields = (("Content-Type", provider.mimetype),)


def make_plan(app: App) -> Plan:
    """Make the plan of an app, and leave it there for the next request."""
    app._note_changes()
    plan = app._plan = Plan(app)
    return plan


def is_watched(app: App) -> bool:
    """Say whether anything is registered that sees requests come or go.

    It is looked at each time, for programs change it at any time.
    """
    return bool(
        app.before_request_funcs
        or app.after_request_funcs
        or app.teardown_request_funcs
        or app.teardown_appcontext_funcs
        or app.url_value_preprocessors
        or _on_started
        or _on_finished
        or _on_tearing_down
        or _on_tearing_down_app
        or _on_pushed
        or _on_popped
    )


def plain_reply(plan: Plan, context: RequestContext, returned: Any) -> Reply | None:
    """Return the reply for a plain result, or None where a response has to be made."""
    if (context.made or context.app.config["SECRET_KEY"]) and not _ends_quietly(context):
        return None
    kind, status = type(returned), 200
    if kind is tuple and len(returned) == 2:
        returned, status = returned
        if type(status) is not int or status not in _WITH_CONTENT:
            return None
        kind = type(returned)
    if kind is FileResponse:
        return _reply_with_file(context, returned, status)
    fields = plan.text_fields
    try:
        if kind is str:
            body = returned.encode()
        elif kind is bytes:
            body = returned
        elif kind is dict or kind is list:
            fields, provider = plan.json_fields, plan.json
            if provider is None or fields[0][1] != provider.mimetype:
                return None
            body = provider.response_text(returned).encode()
        else:
            return None
    except Exception:
        # It fails again on the long way, which knows what to do about it.
        return None
    if "request" in context.made:
        context.let_go()
    return Reply(status, fields, body)


def _reply_with_file(context: RequestContext, response: FileResponse, status: int) -> Reply | None:
    """Return the reply for a response with a file that nobody has looked at or gave a status."""
    reply = response.reply() if status == 200 else None
    if reply is not None and "request" in context.made:
        context.let_go()
    return reply


def _ends_quietly(context: RequestContext) -> bool:
    """Say whether there is nothing to do at the end of a request whose context was used."""
    if not _HARMLESS.issuperset(context.made) or session_matters(cast(App, context.app), context):
        return False
    return "request" not in context.made or "files" not in context.request.__dict__

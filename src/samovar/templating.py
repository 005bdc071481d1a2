"""Templates: Jinja2 with the app's folders, its context processors and its signals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from samovar.context import (
    app_ctx,
    current_application,
    has_app_context,
    has_request_context,
    request_ctx,
)
from samovar.helpers import stream_with_context
from samovar.signals import before_render_template, template_rendered
from samovar.typing import Application

if TYPE_CHECKING:
    # PERF: 11 ms of import that apps without templates do not need.
    from jinja2 import Environment, Template


def _default_template_ctx_processor() -> dict[str, Any]:
    """Return ``g`` and ``request``, the objects themselves: a template reads them often.

    ``session`` stays the proxy, so that only a template that reads it makes the response vary.
    """
    found: dict[str, Any] = {}
    if has_app_context():
        found["g"] = app_ctx.g
    if has_request_context():
        found["request"] = request_ctx.request
    return found


def render_template(
    template_name_or_list: str | Template | list[str | Template], **context: Any
) -> str:
    """Return what a template makes of the given variables.

    Args:
        template_name_or_list: The template's name, or several of which the first that exists
            is taken.
        **context: The template's variables.

    Raises:
        TemplateNotFound: No such template exists.
    """
    app = current_application()
    return _render(app, app.jinja_env.get_or_select_template(template_name_or_list), context)


def render_template_string(source: str, **context: Any) -> str:
    """Return what a template, given as text, makes of the given variables.

    Args:
        source: The text of the template, never anything that a user sent.
        **context: The template's variables.
    """
    app = current_application()
    return _render(app, _compiled(app.jinja_env, source), context)


def stream_template(
    template_name_or_list: str | Template | list[str | Template], **context: Any
) -> Iterator[str]:
    """Return what a template makes of the given variables, piece by piece.

    A view function may return it: the response begins before the template is at its end.

    Args:
        template_name_or_list: As for :func:`render_template`.
        **context: The template's variables.
    """
    app = current_application()
    return _stream(app, app.jinja_env.get_or_select_template(template_name_or_list), context)


def stream_template_string(source: str, **context: Any) -> Iterator[str]:
    """Return what a template, given as text, makes of the given variables, piece by piece.

    Args:
        source: As for :func:`render_template_string`.
        **context: The template's variables.
    """
    app = current_application()
    return _stream(app, _compiled(app.jinja_env, source), context)


def _compiled(environment: Environment, source: str) -> Template:
    # The program's environment may be any of Jinja2's; ours keeps what it has compiled.
    compile_text: Callable[[str], Template] = getattr(
        environment, "template_of", environment.from_string
    )
    return compile_text(source)


def _render(app: Application, template: Template, context: dict[str, Any]) -> str:
    _prepare(app, template, context)
    text = template.render(context)
    _note_rendered(app, template, context)
    return text


def _stream(app: Application, template: Template, context: dict[str, Any]) -> Iterator[str]:
    _prepare(app, template, context)

    def generate() -> Iterator[str]:
        yield from template.generate(context)
        _note_rendered(app, template, context)

    return stream_with_context(generate()) if has_request_context() else generate()


def _prepare(app: Application, template: Template, context: dict[str, Any]) -> None:
    app.update_template_context(context)
    if before_render_template.receivers:
        before_render_template.send(
            app, _async_wrapper=app.ensure_sync, template=template, context=context
        )


def _note_rendered(app: Application, template: Template, context: dict[str, Any]) -> None:
    if template_rendered.receivers:
        template_rendered.send(
            app, _async_wrapper=app.ensure_sync, template=template, context=context
        )

"""Templates: Jinja2 with the app's folders, its context processors and its signals."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

from jinja2 import BaseLoader, Template, TemplateNotFound
from jinja2 import Environment as BaseEnvironment
from jinja2.utils import LRUCache

from samovar.context import (
    app_ctx,
    current_application,
    has_app_context,
    has_request_context,
    request_ctx,
)
from samovar.errors import (
    TemplateSource,
    explain_missing_template,
    explain_template_loading_attempts,
)
from samovar.helpers import stream_with_context
from samovar.signals import before_render_template, template_rendered
from samovar.typing import Application, Scaffolding

MAX_KEPT_STRINGS = 128
"""How many templates given as text are kept compiled; a program has a few of them."""

LONGEST_KEPT_STRING = 65536
"""The longest of them, in characters, so that all together stay below 8 MiB."""


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


class Environment(BaseEnvironment):
    """Jinja2's environment with the app's loader.

    Args:
        app: The app.
        **options: As for :class:`jinja2.Environment`; without a ``loader``, the app's
            ``create_global_jinja_loader()`` makes it.
    """

    def __init__(self, app: Application, **options: Any) -> None:
        if "loader" not in options:
            options["loader"] = app.create_global_jinja_loader()
        super().__init__(**options)
        self.app = app
        self._strings = _StringTemplates(self)

    def template_of(self, source: str) -> Template:
        """Return the template that a text is, as :meth:`from_string` does.

        PERF: compiling costs 170 µs even for a short text. Kept, it costs 5 µs.
        """
        strings = self._strings
        if not strings.fits(self):
            strings = self._strings = _StringTemplates(self)
        template: Template | None = strings.cache.get(source)
        if template is None:
            template = self.from_string(source)
            if len(source) <= LONGEST_KEPT_STRING:
                strings.cache[source] = template
        return template


class _StringTemplates:
    """Templates that were given as text, and all that the environment made them from."""

    def __init__(self, environment: Environment) -> None:
        self.cache = LRUCache(MAX_KEPT_STRINGS)
        # An overlay of the environment gets a copy of its attributes, this object among them.
        self._environment = weakref.ref(environment)
        self._settings = tuple(
            dict(value) if isinstance(value, dict) else value for value in _settings_of(environment)
        )

    def fits(self, environment: Environment) -> bool:
        """Say whether a text would compile to the same template still."""
        return self._environment() is environment and self._settings == _settings_of(environment)


def _settings_of(environment: Environment) -> tuple[Any, ...]:
    return (
        environment.filters,
        environment.tests,
        environment.extensions,
        environment.policies,
        environment.autoescape,
        environment.finalize,
        environment.undefined,
        environment.lexer,
        environment.template_class,
    )


class DispatchingJinjaLoader(BaseLoader):
    """Looks for templates in the app's folder, then in those of its blueprints.

    Args:
        app: The app.
    """

    def __init__(self, app: Application) -> None:
        self.app = app

    def get_source(self, environment: BaseEnvironment, template: str) -> TemplateSource:
        """Return the source of a template from the first loader that has it.

        Raises:
            TemplateNotFound: None has it.
        """
        if self.app.config["EXPLAIN_TEMPLATE_LOADING"]:
            return self._get_source_explained(environment, template)
        for _, loader in self._iter_loaders():
            try:
                return loader.get_source(environment, template)
            except TemplateNotFound:
                continue
        raise self._not_found(template)

    def _get_source_explained(self, environment: BaseEnvironment, template: str) -> TemplateSource:
        attempts: list[tuple[BaseLoader, Scaffolding, TemplateSource | None]] = []
        for owner, loader in self._iter_loaders():
            try:
                attempts.append((loader, owner, loader.get_source(environment, template)))
            except TemplateNotFound:
                attempts.append((loader, owner, None))
        explain_template_loading_attempts(self.app, template, attempts)
        for _, _, source in attempts:
            if source is not None:
                return source
        raise self._not_found(template)

    def _not_found(self, template: str) -> TemplateNotFound:
        return TemplateNotFound(
            template, explain_missing_template(self.app, template, self._iter_loaders())
        )

    def _iter_loaders(self) -> Iterator[tuple[Scaffolding, BaseLoader]]:
        for owner in (self.app, *self.app.iter_blueprints()):
            loader = owner.jinja_loader
            if loader is not None:
                yield owner, loader

    def list_templates(self) -> list[str]:
        """Return the names of all templates, each once."""
        return list(
            {name for _, loader in self._iter_loaders() for name in loader.list_templates()}
        )


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


def _compiled(environment: BaseEnvironment, source: str) -> Template:
    if isinstance(environment, Environment):
        return environment.template_of(source)
    return environment.from_string(source)


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

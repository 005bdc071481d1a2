"""The Jinja2 environment of an app, and what loads its templates.

It stands apart from :mod:`samovar.templating`, for who renders no template need not import Jinja2.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

from jinja2 import BaseLoader, Template, TemplateNotFound
from jinja2 import Environment as BaseEnvironment
from jinja2.utils import LRUCache

from samovar.errors import (
    TemplateSource,
    explain_missing_template,
    explain_template_loading_attempts,
)
from samovar.typing import Application, Scaffolding

MAX_KEPT_STRINGS = 128
"""How many templates given as text are kept compiled; a program has a few of them."""

LONGEST_KEPT_STRING = 65536
"""The longest of them, in characters, so that all together stay below 8 MiB."""


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

"""Blueprints: parts of an app that are written apart and registered on it.

A blueprint remembers what it is told as functions (``deferred_functions``), and plays them back
with a :class:`BlueprintSetupState` each time it is registered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, ValuesView
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug.utils import cached_property

from samovar.config import Config
from samovar.scaffold import (
    Scaffold,
    T_after_request,
    T_before_request,
    T_error_handler,
    T_teardown,
    T_template_context_processor,
    T_url_defaults,
    T_url_value_preprocessor,
    _endpoint_from_view_func,
    _sentinel,
    setupmethod,
)
from samovar.typing import (
    RouteCallable,
    StrPath,
    TemplateFilterCallable,
    TemplateGlobalCallable,
    TemplateTestCallable,
)

if TYPE_CHECKING:
    from samovar.template_environment import Environment  # PERF: see samovar.core

T_template_filter = TypeVar("T_template_filter", bound=TemplateFilterCallable)
T_template_global = TypeVar("T_template_global", bound=TemplateGlobalCallable)
T_template_test = TypeVar("T_template_test", bound=TemplateTestCallable)


class BlueprintHost(Scaffold):
    """What blueprints are registered on: the app, as it is seen from here.

    Attributes:
        blueprints: The registered blueprints, by the names they are registered by.
        config: The configuration.
        extensions: The state of extensions, by name.
    """

    blueprints: dict[str, Blueprint]
    config: Config
    extensions: dict[str, Any]

    @cached_property
    def jinja_env(self) -> Environment:
        """The template environment."""
        raise NotImplementedError

    @setupmethod
    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None:
        """Register a blueprint.

        Args:
            blueprint: The blueprint.
            **options: ``url_prefix``, ``subdomain``, ``url_defaults`` and ``name`` in place of
                the blueprint's own, and what else its ``record`` functions look for.

        Raises:
            ValueError: The name is taken.
        """
        blueprint.register(self, options)

    def iter_blueprints(self) -> ValuesView[Blueprint]:
        """Return the blueprints in the order of their registration."""
        return self.blueprints.values()


class BlueprintSetupState:
    """What a blueprint knows while it is registered.

    Attributes:
        app: The app.
        blueprint: The blueprint.
        options: The options of this registration.
        first_registration: Whether the app has not registered the blueprint before.
        subdomain: The sub-domain of its rules, or None.
        url_prefix: What its rules start with, or None.
        name: The name it is registered by.
        name_prefix: The name of the blueprint around it, or ``""``.
        url_defaults: Default values for the rules.
    """

    def __init__(
        self,
        blueprint: Blueprint,
        app: BlueprintHost,
        options: dict[str, Any],
        first_registration: bool,
    ) -> None:
        self.app = app
        self.blueprint = blueprint
        self.options = options
        self.first_registration = first_registration
        subdomain: str | None = options.get("subdomain")
        self.subdomain = blueprint.subdomain if subdomain is None else subdomain
        url_prefix: str | None = options.get("url_prefix")
        self.url_prefix = blueprint.url_prefix if url_prefix is None else url_prefix
        self.name: str = options.get("name", blueprint.name)
        self.name_prefix: str = options.get("name_prefix", "")
        self.url_defaults = dict(blueprint.url_values_defaults)
        self.url_defaults.update(options.get("url_defaults", ()))

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: RouteCallable | None = None,
        **options: Any,
    ) -> None:
        """Register a rule on the app, with the blueprint's prefix and name put before it."""
        if self.url_prefix is not None:
            if rule:
                rule = "/".join((self.url_prefix.rstrip("/"), rule.lstrip("/")))
            else:
                rule = self.url_prefix
        options.setdefault("subdomain", self.subdomain)
        if endpoint is None:
            assert view_func is not None, "expected view func if endpoint is not provided."
            endpoint = _endpoint_from_view_func(view_func)
        defaults = self.url_defaults
        if "defaults" in options:
            defaults = {**defaults, **options.pop("defaults")}
        full_name = f"{self.name_prefix}.{self.name}.{endpoint}".lstrip(".")
        self.app.add_url_rule(rule, full_name, view_func, defaults=defaults, **options)


DeferredSetupFunction = Callable[[BlueprintSetupState], None]


class Blueprint(Scaffold):
    """A part of an app: views, hooks, templates, files and commands under one name.

    Args:
        name: The name, which goes before its endpoints with a dot.
        import_name: ``__name__`` of the module that makes it.
        static_folder: A folder of static files of its own.
        static_url_path: The URL path of these, after the prefix.
        template_folder: A folder of templates of its own, looked into after the app's.
        url_prefix: What its rules start with.
        subdomain: The sub-domain of its rules.
        url_defaults: Default values for its rules.
        root_path: The folder that others are relative to; found by ``import_name``.
        cli_group: The name of its group of commands; None puts them beside the app's own.

    Raises:
        ValueError: The name is empty, or has a dot.
    """

    _got_registered_once = False

    def __init__(
        self,
        name: str,
        import_name: str,
        static_folder: StrPath | None = None,
        static_url_path: str | None = None,
        template_folder: StrPath | None = None,
        url_prefix: str | None = None,
        subdomain: str | None = None,
        url_defaults: dict[str, Any] | None = None,
        root_path: str | None = None,
        cli_group: str | None = _sentinel,
    ) -> None:
        super().__init__(import_name, static_folder, static_url_path, template_folder, root_path)
        if not name:
            raise ValueError("'name' may not be empty.")
        if "." in name:
            raise ValueError(f"'name' may not contain a dot '.' character, and {name!r} does.")
        self.name = name
        self.url_prefix = url_prefix
        self.subdomain = subdomain
        self.deferred_functions: list[DeferredSetupFunction] = []
        self.url_values_defaults = url_defaults or {}
        self.cli_group = cli_group
        self._blueprints: list[tuple[Blueprint, dict[str, Any]]] = []

    def _check_setup_finished(self, f_name: str) -> None:
        if self._got_registered_once:
            raise AssertionError(
                f"The setup method '{f_name}' can no longer be called on the blueprint"
                f" '{self.name}'. It has already been registered at least once, any changes will"
                " not be applied consistently.\nMove everything that sets the blueprint up (its"
                " routes, hooks, error handlers) before the app's register_blueprint()."
            )

    @setupmethod
    def record(self, func: DeferredSetupFunction) -> None:
        """Call a function with the :class:`BlueprintSetupState` at each registration."""
        self.deferred_functions.append(func)

    @setupmethod
    def record_once(self, func: DeferredSetupFunction) -> None:
        """Call a function at the first registration on an app only."""

        def call_first_time(state: BlueprintSetupState) -> None:
            if state.first_registration:
                func(state)

        self.record(update_wrapper(call_first_time, func))

    def make_setup_state(
        self, app: BlueprintHost, options: dict[str, Any], first_registration: bool = False
    ) -> BlueprintSetupState:
        """Return what the recorded functions are called with; a subclass may add to it."""
        return BlueprintSetupState(self, app, options, first_registration)

    @setupmethod
    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None:
        """Register a blueprint inside of this one; the options go before its own.

        Raises:
            ValueError: It is this one.
        """
        if blueprint is self:
            raise ValueError("Cannot register a blueprint on itself")
        self._blueprints.append((blueprint, options))

    def register(self, app: BlueprintHost, options: dict[str, Any]) -> None:
        """Do what ``app.register_blueprint`` asks for; a subclass may do more.

        Raises:
            ValueError: The name is taken on the app.
        """
        prefix: str = options.get("name_prefix", "")
        own_name: str = options.get("name", self.name)
        name = f"{prefix}.{own_name}".lstrip(".")
        if name in app.blueprints:
            which = "this" if app.blueprints[name] is self else "a different"
            where = f" '{name}'" if own_name != name else ""
            raise ValueError(
                f"The name '{own_name}' is already registered for {which} blueprint{where}. Use"
                " 'name=' to provide a unique name."
            )
        first = not any(blueprint is self for blueprint in app.blueprints.values())
        app.blueprints[name] = self
        self._got_registered_once = True
        state = self.make_setup_state(app, options, first)
        if self.has_static_folder:
            state.add_url_rule(
                f"{self.static_url_path}/<path:filename>",
                view_func=self.send_static_file,
                endpoint="static",
            )
        self._merge_into(app, name)
        for deferred in self.deferred_functions:
            deferred(state)
        self._register_commands(app, name, options.get("cli_group", self.cli_group))
        for blueprint, its_options in self._blueprints:
            blueprint.register(app, _nested_options(state, name, blueprint, its_options))

    def _register_commands(self, app: BlueprintHost, name: str, group: str | None) -> None:
        if "cli" not in self.__dict__ or not self.cli.commands:
            return
        if group is None:
            app.cli.commands.update(self.cli.commands)
            return
        self.cli.name = name if group is _sentinel else group
        app.cli.add_command(self.cli)

    def _merge_into(self, app: BlueprintHost, name: str) -> None:
        """Add what was registered here to the app's registries, under the registered name."""
        for scope, by_code in self.error_handler_spec.items():
            app.error_handler_spec[_scope_in(name, scope)] = defaultdict(
                dict, {code: dict(handlers) for code, handlers in by_code.items()}
            )
        app.view_functions.update(self.view_functions)
        registries: tuple[tuple[dict[Any, list[Any]], dict[Any, list[Any]]], ...] = (
            (self.before_request_funcs, app.before_request_funcs),
            (self.after_request_funcs, app.after_request_funcs),
            (self.teardown_request_funcs, app.teardown_request_funcs),
            (self.url_default_functions, app.url_default_functions),
            (self.url_value_preprocessors, app.url_value_preprocessors),
            (self.template_context_processors, app.template_context_processors),
        )
        for own, apps in registries:
            for scope, functions in own.items():
                apps.setdefault(_scope_in(name, scope), []).extend(functions)

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
            ValueError: The endpoint or the view function's name has a dot, which is kept for the
                blueprint's name.
        """
        if endpoint and "." in endpoint:
            raise ValueError("'endpoint' may not contain a dot '.' character.")
        if view_func and "." in getattr(view_func, "__name__", ""):
            raise ValueError("'view_func' name may not contain a dot '.' character.")
        options["provide_automatic_options"] = provide_automatic_options
        self.record(lambda state: state.add_url_rule(rule, endpoint, view_func, **options))

    @setupmethod
    def app_template_filter(
        self, name: str | None = None
    ) -> Callable[[T_template_filter], T_template_filter]:
        """Register a template filter for the whole app, as a decorator."""

        def decorator(f: T_template_filter) -> T_template_filter:
            self.add_app_template_filter(f, name=name)
            return f

        return decorator

    @setupmethod
    def add_app_template_filter(self, f: TemplateFilterCallable, name: str | None = None) -> None:
        """Register a template filter for the whole app."""

        def add(state: BlueprintSetupState) -> None:
            state.app.jinja_env.filters[name or f.__name__] = f

        self.record_once(add)

    @setupmethod
    def app_template_test(
        self, name: str | None = None
    ) -> Callable[[T_template_test], T_template_test]:
        """Register a template test for the whole app, as a decorator."""

        def decorator(f: T_template_test) -> T_template_test:
            self.add_app_template_test(f, name=name)
            return f

        return decorator

    @setupmethod
    def add_app_template_test(self, f: TemplateTestCallable, name: str | None = None) -> None:
        """Register a template test for the whole app."""

        def add(state: BlueprintSetupState) -> None:
            state.app.jinja_env.tests[name or f.__name__] = f

        self.record_once(add)

    @setupmethod
    def app_template_global(
        self, name: str | None = None
    ) -> Callable[[T_template_global], T_template_global]:
        """Register a name that all templates of the app see, as a decorator."""

        def decorator(f: T_template_global) -> T_template_global:
            self.add_app_template_global(f, name=name)
            return f

        return decorator

    @setupmethod
    def add_app_template_global(self, f: TemplateGlobalCallable, name: str | None = None) -> None:
        """Register a name that all templates of the app see."""

        def add(state: BlueprintSetupState) -> None:
            state.app.jinja_env.globals[name or f.__name__] = f

        self.record_once(add)

    @setupmethod
    def before_app_request(self, f: T_before_request) -> T_before_request:
        """Do :meth:`before_request` for the whole app."""
        self.record_once(
            lambda state: state.app.before_request_funcs.setdefault(None, []).append(f)
        )
        return f

    @setupmethod
    def after_app_request(self, f: T_after_request) -> T_after_request:
        """Do :meth:`after_request` for the whole app."""
        self.record_once(lambda state: state.app.after_request_funcs.setdefault(None, []).append(f))
        return f

    @setupmethod
    def teardown_app_request(self, f: T_teardown) -> T_teardown:
        """Do :meth:`teardown_request` for the whole app."""
        self.record_once(
            lambda state: state.app.teardown_request_funcs.setdefault(None, []).append(f)
        )
        return f

    @setupmethod
    def app_context_processor(
        self, f: T_template_context_processor
    ) -> T_template_context_processor:
        """Do :meth:`context_processor` for the whole app."""
        self.record_once(
            lambda state: state.app.template_context_processors.setdefault(None, []).append(f)
        )
        return f

    @setupmethod
    def app_errorhandler(
        self, code: type[Exception] | int
    ) -> Callable[[T_error_handler], T_error_handler]:
        """Do :meth:`errorhandler` for the whole app."""

        def decorator(f: T_error_handler) -> T_error_handler:
            def add(state: BlueprintSetupState) -> None:
                state.app.errorhandler(code)(f)

            self.record_once(add)
            return f

        return decorator

    @setupmethod
    def app_url_value_preprocessor(self, f: T_url_value_preprocessor) -> T_url_value_preprocessor:
        """Do :meth:`url_value_preprocessor` for the whole app."""
        self.record_once(
            lambda state: state.app.url_value_preprocessors.setdefault(None, []).append(f)
        )
        return f

    @setupmethod
    def app_url_defaults(self, f: T_url_defaults) -> T_url_defaults:
        """Do :meth:`url_defaults` for the whole app."""
        self.record_once(
            lambda state: state.app.url_default_functions.setdefault(None, []).append(f)
        )
        return f


def _scope_in(name: str, scope: str | None) -> str:
    """Return what a scope of a blueprint is called on the app."""
    return name if scope is None else f"{name}.{scope}"


def _joined(outer: str | None, inner: str | None, join: Callable[[str, str], str]) -> str | None:
    if outer is None or inner is None:
        return outer if inner is None else inner
    return join(outer, inner)


def _nested_options(
    state: BlueprintSetupState, name: str, blueprint: Blueprint, options: dict[str, Any]
) -> dict[str, Any]:
    """Return the options that a blueprint inside of another is registered with."""
    nested = dict(options)
    subdomain: str | None = nested.get("subdomain")
    subdomain = _joined(
        state.subdomain,
        blueprint.subdomain if subdomain is None else subdomain,
        lambda outer, inner: f"{inner}.{outer}",
    )
    if subdomain is not None:
        nested["subdomain"] = subdomain
    url_prefix: str | None = nested.get("url_prefix")
    url_prefix = _joined(
        state.url_prefix,
        blueprint.url_prefix if url_prefix is None else url_prefix,
        lambda outer, inner: f"{outer.rstrip('/')}/{inner.lstrip('/')}",
    )
    if url_prefix is not None:
        nested["url_prefix"] = url_prefix
    nested["name_prefix"] = name
    return nested

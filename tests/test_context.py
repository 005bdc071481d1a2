"""Contexts: what is current where, and what is made when."""

from __future__ import annotations

import copy
import threading
import weakref
from contextvars import copy_context
from typing import Any

import pytest

from samovar import (
    App,
    after_this_request,
    appcontext_popped,
    appcontext_pushed,
    copy_current_request_context,
    current_app,
    g,
    has_app_context,
    has_request_context,
    request,
    session,
)
from samovar.context import (
    AppContext,
    _cv_app,
    _cv_request,
    app_ctx,
    current_application,
)


@pytest.fixture
def app() -> App:
    app = App("contexts")
    app.secret_key = "secret"
    return app


@pytest.mark.parametrize(
    ("proxy", "hint"),
    [
        (request, "app.test_request_context("),
        (session, "app.test_request_context("),
        (g, "app.app_context("),
        (current_app, "app.app_context("),
    ],
    ids=["request", "session", "g", "current_app"],
)
def test_proxy_says_what_to_do_outside_of_its_context(proxy: Any, hint: str) -> None:
    with pytest.raises(RuntimeError, match="Working outside of") as caught:
        proxy.anything  # noqa: B018
    assert hint in str(caught.value)
    assert not proxy
    assert repr(proxy) == "<LocalProxy unbound>"


def test_request_context_makes_its_app_current(app: App) -> None:
    with app.test_request_context("/path?x=1"):
        assert request.path == "/path"
        assert current_application() is app
        assert current_app.name == "contexts"
        assert has_request_context()
        assert has_app_context()
    assert not has_request_context()
    assert not has_app_context()


def test_application_context_has_no_request(app: App) -> None:
    with app.app_context():
        assert current_app.name == "contexts"
        assert not has_request_context()
        with pytest.raises(RuntimeError, match="request context"):
            request.path  # noqa: B018


def test_application_context_inside_of_a_request_keeps_the_request(app: App) -> None:
    other = App("other")
    with app.test_request_context("/path"):
        with other.app_context():
            assert current_app.name == "other"
            assert request.path == "/path"
        assert current_app.name == "contexts"


def test_request_shares_the_application_context_that_is_current(app: App) -> None:
    with app.app_context():
        g.value = 1
        with app.test_request_context():
            assert g.value == 1
    with app.app_context(), App("other").test_request_context():
        assert "value" not in g


def test_contexts_may_be_popped_in_another_order(app: App) -> None:
    outer = app.app_context()
    outer.push()
    inner = app.test_request_context("/path")
    inner.push()
    outer.pop()
    assert request.path == "/path"
    assert not has_app_context()
    inner.pop()
    assert not has_request_context()


def test_popping_a_context_that_is_not_the_innermost_is_an_error(app: App) -> None:
    def pop_app_context() -> None:
        outer = app.app_context()
        outer.push()
        app.app_context().push()
        with pytest.raises(AssertionError, match="wrong app context"):
            outer.pop()

    def pop_request_context() -> None:
        outer = app.test_request_context()
        outer.push()
        app.test_request_context().push()
        with pytest.raises(AssertionError, match="wrong request context"):
            outer.pop()

    # In variables of their own, which take what is left with them.
    copy_context().run(pop_app_context)
    copy_context().run(pop_request_context)


def test_g_is_a_namespace(app: App) -> None:
    with app.app_context():
        g.a = 1
        assert g.get("a") == 1
        assert g.get("b", 2) == 2
        assert "a" in g
        assert list(g) == ["a"]
        assert g.setdefault("b", 3) == 3
        assert g.pop("b") == 3
        assert g.pop("b", None) is None
        with pytest.raises(KeyError):
            g.pop("b")
        del g.a
        with pytest.raises(AttributeError):
            del g.a
        with pytest.raises(AttributeError):
            g.a  # noqa: B018
        assert repr(g) == "<samovar.g of 'contexts'>"


def test_g_may_be_copied_and_replaced(app: App) -> None:
    with app.app_context() as context:
        g.a = 1
        twin = copy.copy(context.g)
        twin.a = 2
        assert g.a == 1
        context.g = twin
        assert g.a == 2
    with app.test_request_context() as request_context:
        request_context.g = twin
        assert g.a == 2


def test_contexts_take_attributes_and_weak_references(app: App) -> None:
    with app.app_context() as context, app.test_request_context() as request_context:
        context.connection = 1  # type: ignore[attr-defined]
        request_context.connection = 2  # type: ignore[attr-defined]
        assert app_ctx.connection == 1
        assert weakref.ref(context)() is context
        assert weakref.ref(request_context)() is request_context
        with pytest.raises(AttributeError):
            request_context.unknown  # noqa: B018
        with pytest.raises(AttributeError):
            context.unknown  # noqa: B018


def test_application_context_of_a_request_is_one_object(app: App) -> None:
    with app.test_request_context():
        first = app_ctx._get_current_object()
        assert app_ctx._get_current_object() is first
        assert isinstance(first, AppContext)


def test_session_is_opened_by_the_push(app: App) -> None:
    context = app.test_request_context()
    with pytest.raises(AssertionError, match="push the context"):
        context.session  # noqa: B018
    with context:
        assert not context._session.accessed  # type: ignore[union-attr]
        session["a"] = 1
        assert context._session.accessed  # type: ignore[union-attr]


def test_session_may_be_put_into_a_context(app: App) -> None:
    with app.test_request_context() as context:
        context.session = {"mine": True}  # type: ignore[assignment]
        with pytest.raises(AttributeError):
            session["mine"]  # it cannot note that it was looked at
    with app.test_request_context() as context:
        context.session = app.session_interface.make_null_session(app)
        assert session.get("a") is None


def test_pushing_twice_tears_down_once(app: App) -> None:
    ended = []
    app.teardown_request(lambda error: ended.append("request"))
    app.teardown_appcontext(lambda error: ended.append("app"))
    with app.test_request_context() as context:
        with context:
            pass
        assert ended == []
    assert ended == ["request", "app"]


def test_teardown_gets_the_error_that_leaves_the_block(app: App) -> None:
    seen: list[Any] = []
    app.teardown_request(seen.append)
    app.teardown_appcontext(seen.append)
    error = ValueError("out")
    with pytest.raises(ValueError, match="out"), app.test_request_context():
        raise error
    assert seen == [error, error]


def test_signals_tell_of_application_contexts(app: App) -> None:
    seen = []

    def pushed(sender: App) -> None:
        seen.append("pushed")

    def popped(sender: App) -> None:
        seen.append("popped")

    with (
        appcontext_pushed.connected_to(pushed, app),
        appcontext_popped.connected_to(popped, app),
    ):
        with app.app_context():
            assert seen == ["pushed"]
        assert seen == ["pushed", "popped"]
        with app.test_request_context():
            pass
        assert seen == ["pushed", "popped"] * 2


def test_context_pushed_in_one_thread_is_not_current_in_another(app: App) -> None:
    seen = []
    with app.test_request_context():
        thread = threading.Thread(target=lambda: seen.append(has_request_context()))
        thread.start()
        thread.join()
    assert seen == [False]


def test_context_may_be_popped_from_a_copy_of_the_variables(app: App) -> None:
    ended = []
    app.teardown_request(lambda error: ended.append("request"))
    app.teardown_appcontext(lambda error: ended.append("app"))

    def push_here_and_pop_there() -> None:
        context = app.test_request_context()
        context.push()
        copied = copy_context()
        copied.run(context.pop)
        assert not copied.run(has_request_context)
        assert not copied.run(has_app_context)

    copy_context().run(push_here_and_pop_there)
    assert ended == ["request", "app"]


def test_function_with_a_copied_context_runs_in_another_thread(app: App) -> None:
    seen = []
    with app.test_request_context("/path"):
        session["a"] = 1

        @copy_current_request_context
        def look() -> None:
            seen.append((request.path, session["a"], current_app.name))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [("/path", 1, "contexts")]


def test_helpers_for_a_request_refuse_to_work_without_one() -> None:
    with pytest.raises(RuntimeError, match="after_this_request"):
        after_this_request(lambda response: response)
    with pytest.raises(RuntimeError, match="copy_current_request_context"):
        copy_current_request_context(lambda: None)


def test_variables_for_extensions_look_like_context_variables(app: App) -> None:
    assert _cv_app.get(None) is None
    with pytest.raises(LookupError):
        _cv_request.get()
    context = app.app_context()
    token = _cv_app.set(context)
    assert _cv_app.get() is context
    assert current_app.name == "contexts"
    _cv_app.reset(token)
    assert not has_app_context()
    with app.test_request_context() as request_context:
        assert _cv_request.get() is request_context


def test_request_context_shows_request_and_app(app: App) -> None:
    with app.test_request_context("/path") as context:
        assert repr(context) == "<RequestContext 'http://localhost/path' [GET] of contexts>"

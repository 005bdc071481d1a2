"""Views written as classes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from samovar import App, make_response
from samovar.typing import ResponseReturnValue
from samovar.views import MethodView, View


@pytest.fixture
def app() -> App:
    app = App(__name__)
    app.testing = True
    return app


def methods_of(app: App, path: str) -> set[str]:
    return set(app.test_client().options(path).allow)


def test_variables_come_as_keyword_arguments(app: App) -> None:
    class Hello(View):
        def dispatch_request(self, name: str) -> str:  # type: ignore[override] # names the variable
            return f"Hello, {name}!"

    app.add_url_rule("/<name>", view_func=Hello.as_view("hello"))
    assert app.test_client().get("/Anna").text == "Hello, Anna!"


def test_arguments_of_as_view_go_to_the_class(app: App) -> None:
    class Greeting(View):
        def __init__(self, word: str, mark: str = "") -> None:
            self.word = word + mark

        def dispatch_request(self) -> str:
            return self.word

    app.add_url_rule("/", view_func=Greeting.as_view("greeting", "Hi", mark="!"))
    assert app.test_client().get("/").text == "Hi!"


def test_method_is_chosen_by_the_request_method(app: App) -> None:
    class Index(MethodView):
        def get(self) -> str:
            return "GET"

        def post(self) -> str:
            return "POST"

    app.add_url_rule("/", view_func=Index.as_view("index"))
    client = app.test_client()
    assert client.get("/").text == "GET"
    assert client.post("/").text == "POST"
    assert client.put("/").status_code == 405
    assert methods_of(app, "/") == {"GET", "HEAD", "OPTIONS", "POST"}


def test_head_is_served_by_get_unless_there_is_a_method_for_it(app: App) -> None:
    class OnlyGet(MethodView):
        def get(self) -> ResponseReturnValue:
            return "", {"X-Method": "get"}

    class Both(OnlyGet):
        def head(self) -> ResponseReturnValue:
            return "", {"X-Method": "head"}

    app.add_url_rule("/one", view_func=OnlyGet.as_view("one"))
    app.add_url_rule("/two", view_func=Both.as_view("two"))
    client = app.test_client()
    assert client.head("/one").headers["X-Method"] == "get"
    assert client.head("/two").headers["X-Method"] == "head"


def test_methods_are_those_of_all_bases() -> None:
    class Reading(MethodView):
        def get(self) -> str:
            return ""

    class Writing(MethodView):
        def post(self) -> str:
            return ""

    class Limited(View):
        methods = ["PATCH"]  # noqa: RUF012 # as programs write it

    class Both(Reading, Writing):
        pass

    class All(Both, Limited):
        def delete(self) -> str:
            return ""

    assert Both.methods == {"GET", "POST"}
    assert set(All.methods or ()) == {"GET", "POST", "PATCH", "DELETE"}
    assert MethodView.methods is None


def test_methods_that_a_class_sets_stay() -> None:
    class Index(MethodView):
        methods = ["PUT"]  # noqa: RUF012 # as programs write it

        def get(self) -> str:
            return ""

    assert Index.methods == ["PUT"]


def test_error_names_class_and_method_when_there_is_no_such_method(app: App) -> None:
    class Broken(MethodView):
        methods = ["PUT"]  # noqa: RUF012 # as programs write it

    app.add_url_rule("/", view_func=Broken.as_view("broken"))
    with pytest.raises(AssertionError, match="Broken has no method 'put'"):
        app.test_client().put("/")


def test_view_function_shows_its_class() -> None:
    class Documented(View):
        """What it is for."""

        provide_automatic_options = False

    view: Any = Documented.as_view("named")
    assert view.__name__ == "named"
    assert view.__doc__ == "What it is for."
    assert view.__module__ == __name__
    assert view.view_class is Documented
    assert view.methods is None
    assert view.provide_automatic_options is False


def test_options_reach_the_view_when_they_are_not_automatic(app: App) -> None:
    class Manual(View):
        methods = ["GET", "OPTIONS"]  # noqa: RUF012 # as programs write it
        provide_automatic_options = False

        def dispatch_request(self) -> str:
            return "mine"

    app.add_url_rule("/", view_func=Manual.as_view("manual"))
    assert app.test_client().options("/").text == "mine"


def test_replaced_view_class_answers(app: App) -> None:
    class Old(View):
        def dispatch_request(self) -> str:
            return "old"

    class New(Old):
        def dispatch_request(self) -> str:
            return "new"

    view: Any = Old.as_view("view")
    view.view_class = New
    app.add_url_rule("/", view_func=view)
    assert app.test_client().get("/").text == "new"


@pytest.mark.parametrize(("every", "expected"), [(True, ["1", "1"]), (False, ["1", "2"])])
def test_instance_is_made_as_often_as_the_class_says(
    app: App, every: bool, expected: list[str]
) -> None:
    class Counting(View):
        init_every_request = every

        def __init__(self) -> None:
            self.count = 0

        def dispatch_request(self) -> str:
            self.count += 1
            return str(self.count)

    app.add_url_rule("/", view_func=Counting.as_view("counting"))
    client = app.test_client()
    assert [client.get("/").text, client.get("/").text] == expected


def marking(mark: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            response = make_response(view(*args, **kwargs))
            response.headers.add("X-Mark", mark)
            return response

        return wrapper

    return decorator


def test_decorators_are_applied_in_their_order(app: App) -> None:
    class Marked(View):
        decorators = [marking("inner"), marking("outer")]  # noqa: RUF012 # as programs write it

        def dispatch_request(self) -> str:
            return "marked"

    view = Marked.as_view("marked")
    app.add_url_rule("/", view_func=view)
    assert view.__name__ == "marked"
    assert app.test_client().get("/").headers.getlist("X-Mark") == ["inner", "outer"]


def test_async_methods_answer(app: App) -> None:
    class Single(View):
        async def dispatch_request(self) -> str:  # type: ignore[override] # a view may be async
            return "single"

    class Several(MethodView):
        async def get(self) -> str:
            return "async"

        def post(self) -> str:
            return "plain"

    app.add_url_rule("/single", view_func=Single.as_view("single"))
    app.add_url_rule("/several", view_func=Several.as_view("several"))
    client = app.test_client()
    assert client.get("/single").text == "single"
    assert client.get("/several").text == "async"
    assert client.post("/several").text == "plain"


def test_decorators_get_the_value_of_an_async_method(app: App) -> None:
    class Marked(MethodView):
        decorators = [marking("x")]  # noqa: RUF012 # as programs write it

        async def get(self) -> str:
            return "async"

    app.add_url_rule("/", view_func=Marked.as_view("marked"))
    response = app.test_client().get("/")
    assert (response.text, response.headers["X-Mark"]) == ("async", "x")


def test_overriding_dispatch_gets_the_value_of_an_async_method(app: App) -> None:
    class Base(MethodView):
        def dispatch_request(self, **kwargs: Any) -> ResponseReturnValue:
            return make_response(super().dispatch_request(**kwargs)).get_data() + b"!"

    class Index(Base):
        async def get(self) -> str:
            return "async"

    app.add_url_rule("/", view_func=Index.as_view("index"))
    assert app.test_client().get("/").text == "async!"


def test_view_without_dispatch_says_so() -> None:
    with pytest.raises(NotImplementedError):
        View().dispatch_request()

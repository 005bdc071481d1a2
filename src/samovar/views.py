"""Views written as classes."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Collection
from typing import Any, ClassVar

from samovar.context import current_application, request
from samovar.typing import ResponseReturnValue, RouteCallable

http_method_funcs = frozenset({"get", "post", "head", "options", "delete", "put", "trace", "patch"})
"""The names of methods that a :class:`MethodView` answers requests with."""


class View:
    """A view as a class: override :meth:`dispatch_request`, and register :meth:`as_view`.

    ::

        class Hello(View):
            def dispatch_request(self, name):
                return f"Hello, {name}!"

        app.add_url_rule("/hello/<name>", view_func=Hello.as_view("hello"))
    """

    methods: ClassVar[Collection[str] | None] = None
    """The request methods that the view accepts; None means those that a route accepts by
    default."""

    provide_automatic_options: ClassVar[bool | None] = None
    """Whether OPTIONS is answered without the view; None means as a route does by default."""

    decorators: ClassVar[list[Callable[..., Any]]] = []
    """Applied to the view function in their order, the first one innermost. A decorator on the
    class itself would not reach the view function."""

    init_every_request: ClassVar[bool] = True
    """Whether each request gets an instance of its own. False saves that, and whatever the
    instance keeps is shared by all requests."""

    def dispatch_request(self) -> ResponseReturnValue:
        """Answer the request. The variables of the URL come as keyword arguments.

        Returns:
            Whatever a view function may return.
        """
        raise NotImplementedError

    @classmethod
    def as_view(cls, name: str, *class_args: Any, **class_kwargs: Any) -> RouteCallable:
        """Return a view function that answers with an instance of the class.

        Args:
            name: The name of the view function, which becomes the endpoint.
            *class_args: Given to the class with each instance.
            **class_kwargs: Likewise.
        """
        if cls.init_every_request:

            def make() -> View:
                # Read from the function, where a program may have put another class.
                instance: View = view.view_class(*class_args, **class_kwargs)
                return instance

        else:
            shared = cls(*class_args, **class_kwargs)

            def make() -> View:
                return shared

        view: Any
        if cls.decorators:

            def view(**kwargs: Any) -> Any:
                return _settle(make().dispatch_request(**kwargs))

            view.__name__ = name
            view.__module__ = cls.__module__
            for decorator in cls.decorators:
                view = decorator(view)
        else:

            def view(**kwargs: Any) -> Any:
                return make().dispatch_request(**kwargs)

        view.view_class = cls
        view.__name__ = name
        view.__doc__ = cls.__doc__
        view.__module__ = cls.__module__
        view.methods = cls.methods
        view.provide_automatic_options = cls.provide_automatic_options
        return view  # type: ignore[no-any-return]


class MethodView(View):
    """A view with a method for each request method; :attr:`methods` follows from them.

    ::

        class Counter(MethodView):
            def get(self):
                return str(session.get("count", 0))

            def post(self):
                session["count"] = session.get("count", 0) + 1
                return redirect(url_for("counter"))

        app.add_url_rule("/counter", view_func=Counter.as_view("counter"))
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "methods" in cls.__dict__:
            return
        methods = {name.upper() for name in http_method_funcs if hasattr(cls, name)}
        for base in cls.__bases__:
            methods.update(getattr(base, "methods", None) or ())
        if methods:
            cls.methods = methods

    def dispatch_request(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer with the method that is named like the request method; GET's serves HEAD."""
        name = request.method.lower()
        method = getattr(self, name, None)
        if method is None and name == "head":
            method = getattr(self, "get", None)
        if method is None:
            raise AssertionError(
                f"{type(self).__name__} has no method {name!r} for a request of method"
                f" {request.method!r}, which its 'methods' allow."
            )
        value: ResponseReturnValue = method(**kwargs)
        if type(self).dispatch_request is MethodView.dispatch_request:
            return value
        settled: ResponseReturnValue = _settle(value)
        return settled


def _settle(value: Any) -> Any:
    """Return a view's value, after waiting for it where it is awaitable.

    An ``async def`` method may hand its coroutine on to the request cycle, which awaits it, as
    long as nobody stands between. A decorator, or an overriding ``dispatch_request``, was
    written for the value.
    """
    if inspect.isawaitable(value):
        return current_application().ensure_sync(_wait)(value)
    return value


async def _wait(value: Awaitable[Any]) -> Any:
    return await value

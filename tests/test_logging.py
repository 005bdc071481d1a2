"""The app's logger."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator

import pytest

from samovar import App
from samovar.logging import default_handler, has_level_handler, wsgi_errors_stream


@pytest.fixture(autouse=True)
def own_logger(pytestconfig: pytest.Config) -> Iterator[logging.Logger]:
    """Keep the handlers of the root logger, and those that pytest adds, out of it."""
    plugin = pytestconfig.pluginmanager.unregister(name="logging-plugin")
    logger = logging.getLogger("samovar_logging_test")
    logger.propagate = False
    yield logger
    logger.handlers = []
    logger.propagate = True
    logger.setLevel(logging.NOTSET)
    pytestconfig.pluginmanager.register(plugin, "logging-plugin")


@pytest.fixture
def app() -> App:
    return App("samovar_logging_test")


def test_logger_has_the_apps_name_and_the_default_handler(app: App) -> None:
    assert app.logger.name == "samovar_logging_test"
    assert app.logger.level == logging.NOTSET
    assert app.logger.handlers == [default_handler]


def test_everything_is_logged_when_debugging(app: App) -> None:
    app.debug = True
    assert app.logger.level == logging.DEBUG


def test_level_and_handlers_of_the_program_stay(app: App, own_logger: logging.Logger) -> None:
    handler = logging.NullHandler()
    own_logger.addHandler(handler)
    own_logger.setLevel(logging.WARNING)
    app.debug = True
    assert app.logger.level == logging.WARNING
    assert app.logger.handlers == [handler]


def test_message_goes_to_stderr_without_a_request(
    app: App, capsys: pytest.CaptureFixture[str]
) -> None:
    app.logger.error("hello %s", "there")
    assert capsys.readouterr().err.endswith("ERROR in test_logging: hello there\n")


def test_message_goes_to_wsgi_errors_with_a_request(app: App) -> None:
    @app.get("/")
    def index() -> str:
        app.logger.error("from the view")
        return ""

    stream = io.StringIO()
    app.test_client().get("/", errors_stream=stream)
    assert "ERROR in test_logging: from the view" in stream.getvalue()


def test_errors_stream_follows_the_moment(app: App) -> None:
    with app.test_request_context(errors_stream=io.StringIO()) as context:
        assert wsgi_errors_stream._get_current_object() is context.request.environ["wsgi.errors"]  # type: ignore[attr-defined]
    assert wsgi_errors_stream._get_current_object() is sys.stderr  # type: ignore[attr-defined]


def test_level_handler_is_looked_for_upwards(own_logger: logging.Logger) -> None:
    child = own_logger.getChild("child")
    assert not has_level_handler(child)
    handler = logging.NullHandler()
    own_logger.addHandler(handler)
    assert has_level_handler(child)
    child.propagate = False
    assert not has_level_handler(child)
    child.propagate = True
    handler.setLevel(logging.CRITICAL)
    assert not has_level_handler(child)


def test_error_of_a_view_is_logged_with_its_traceback(app: App) -> None:
    @app.get("/")
    def index() -> str:
        raise RuntimeError("it broke")

    stream = io.StringIO()
    response = app.test_client().get("/", errors_stream=stream)
    assert response.status_code == 500
    assert "Exception on / [GET]" in stream.getvalue()
    assert "RuntimeError: it broke" in stream.getvalue()

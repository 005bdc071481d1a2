"""Hooks, error handlers, template and URL helpers, signals, commands: plain, async, and stacked."""

from http import HTTPStatus
from typing import Any

import click
from werkzeug.exceptions import BadRequest, HTTPException, NotFound

from samovar import (
    App,
    Response,
    after_this_request,
    copy_current_request_context,
    current_app,
    g,
    got_request_exception,
    request_started,
    session,
)

app = App(__name__)


class Unpaid(Exception):
    def __init__(self, amount: int) -> None:
        super().__init__(amount)
        self.amount = amount


@app.before_request
def before() -> None:
    g.user = session.get("user")


@app.before_request
def before_that_may_answer() -> str | None:
    return None if g.get("user") else "who are you?"


@app.before_request
async def before_async() -> None:
    session.permanent = True


@app.after_request
def after(response: Response) -> Response:
    response.headers["X-Frame-Options"] = "DENY"
    return response


@app.after_request
async def after_async(response: Response) -> Response:
    return response


@app.teardown_request
def teardown(exc: BaseException | None) -> None: ...


@app.teardown_appcontext
async def teardown_async(exc: BaseException | None) -> None: ...


@app.context_processor
def names() -> dict[str, Any]:
    return {"app_name": current_app.name}


@app.url_defaults
def language_default(endpoint: str, values: dict[str, Any]) -> None:
    values.setdefault("lang", g.get("lang", "en"))


@app.url_value_preprocessor
def language(endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.lang = values.pop("lang", "en") if values else "en"


@app.template_filter("shout")
def shout(text: str) -> str:
    return text.upper()


@app.template_test()
def even(number: int) -> bool:
    return number % 2 == 0


@app.template_global()
def twice(number: int) -> int:
    return number * 2


@app.shell_context_processor
def shell() -> dict[str, Any]:
    return {"app": app}


@app.errorhandler(404)
def not_found(error: NotFound) -> tuple[str, int]:
    return error.description or "nothing", 404


@app.errorhandler(400)
@app.errorhandler(HTTPStatus.BAD_REQUEST)
@app.errorhandler(BadRequest)
def bad_request(error: BadRequest) -> str:
    return str(error.code)


@app.errorhandler(Unpaid)
async def unpaid(error: Unpaid) -> tuple[dict[str, int], int]:
    return {"amount": error.amount}, 402


@app.errorhandler(ValueError)
def any_other(error: Exception) -> str:
    return str(error)


def any_http(error: HTTPException) -> HTTPException:
    return error


app.register_error_handler(HTTPException, any_http)


@app.route("/")
def index() -> str:
    @after_this_request
    def mark(response: Response) -> Response:
        response.headers["X-Mark"] = "1"
        return response

    @copy_current_request_context
    def later(times: int) -> str:
        return "again" * times

    current_app.logger.info("called with %s", current_app.config["SECRET_KEY"])
    return later(2)


def on_start(sender: App, **extra: Any) -> None: ...


request_started.connect(on_start, app)
got_request_exception.connect(on_start)


@app.cli.command("count")
@click.argument("number", type=int)
def count(number: int) -> None:
    click.echo(number)

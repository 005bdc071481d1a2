"""One program in Flask's programming model, for Flask and for Samovar alike."""

import asyncio
import time
from typing import Any

import shared


def build(framework: Any, app_class: Any) -> Any:
    """Return the app, made with ``framework``'s names (the module ``flask`` or ``samovar``)."""
    app = app_class(
        __name__,
        static_folder=shared.FILES,
        static_url_path="/static",
        template_folder=shared.TEMPLATES,
    )
    app.secret_key = shared.SECRET
    for n in range(shared.EXTRA_ROUTES):
        app.add_url_rule(f"/section{n}/<int:id>/edit", f"edit{n}", lambda id: str(id))
    if shared.VARIANT == "hooks":
        _add_hooks(framework, app)
    _add_views(framework, app)
    _add_slow_views(app)
    return app


def _add_views(framework: Any, app: Any) -> None:
    request, session = framework.request, framework.session

    @app.route("/")
    def hello() -> str:
        return shared.HELLO

    @app.route("/user/<int:id>")
    def user(id: int) -> dict[str, Any]:
        return {"id": id, "name": f"user {id}"}

    @app.route("/rows")
    def rows() -> list[dict[str, Any]]:
        return shared.rows()

    @app.route("/table")
    def table() -> Any:
        return framework.render_template("table.html", title="Products", rows=shared.rows())

    @app.route("/search")
    def search() -> dict[str, Any]:
        args = request.args
        page = args.get("page", 1, type=int)
        return {"q": args["q"], "page": page, "client": request.headers["X-Client"]}

    @app.route("/form", methods=["POST"])
    def form() -> str:
        return f"{request.form['name']}: {request.form['message']}"

    @app.route("/upload", methods=["POST"])
    def upload() -> str:
        return str(len(request.files["photo"].read()))

    @app.route("/visits")
    def visits() -> str:
        session["visits"] = session.get("visits", 0) + 1
        return str(session["visits"])


def _add_slow_views(app: Any) -> None:
    @app.route("/async")
    async def hello_async() -> str:
        return shared.HELLO

    @app.route("/async-sleep")
    async def async_sleep() -> str:
        await asyncio.sleep(shared.PAUSE)
        return "done"

    @app.route("/block")
    def block() -> str:
        time.sleep(shared.PAUSE)
        return "done"

    @app.route("/cpu")
    def cpu() -> str:
        shared.burn()
        return "done"


def _add_hooks(framework: Any, app: Any) -> None:
    g = framework.g
    shop = framework.Blueprint("shop", __name__, url_prefix="/shop")

    @app.before_request
    def note_user() -> None:
        g.user = "ada"

    @shop.before_request
    def note_basket() -> None:
        g.basket = []

    @shop.after_request
    def mark_shop(response: Any) -> Any:
        response.headers["X-Shop"] = "open"
        return response

    @app.after_request
    def mark_app(response: Any) -> Any:
        response.headers["X-Frame-Options"] = "DENY"
        return response

    @app.teardown_request
    def forget(error: BaseException | None) -> None:
        g.pop("basket", None)

    @shop.route("/")
    def hello_shop() -> str:
        return shared.HELLO

    app.register_blueprint(shop)

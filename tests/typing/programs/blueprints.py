"""A larger program: a factory, nested blueprints, class-based views, configuration, tests."""

from collections.abc import Mapping
from typing import Any

from samovar import (
    App,
    Blueprint,
    Config,
    Request,
    Response,
    current_app,
    flash,
    g,
    get_flashed_messages,
    has_app_context,
    has_request_context,
    json,
    render_template_string,
    request,
    session,
    url_for,
)
from samovar.blueprints import BlueprintSetupState
from samovar.testing import FlaskClient, FlaskCliRunner
from samovar.views import MethodView, View

admin = Blueprint("admin", __name__, url_prefix="/admin", template_folder="templates")
users = Blueprint("users", __name__)


@users.route("/<int:user_id>")
def show(user_id: int) -> dict[str, int]:
    return {"id": user_id}


@users.post("/")
async def create() -> tuple[dict[str, str], int]:
    flash("created", "success")
    return {"name": request.form["name"]}, 201


@admin.before_request
def guard() -> tuple[str, int] | None:
    return None if "user" in session else ("log in first", 401)


@admin.before_app_request
def count() -> None:
    g.count = g.get("count", 0) + 1


@admin.after_app_request
def stamp(response: Response) -> Response:
    response.headers["X-Count"] = str(g.count)
    return response


@admin.errorhandler(ValueError)
@admin.app_errorhandler(KeyError)
def wrong(error: Exception) -> tuple[str, int]:
    return str(error), 422


@admin.app_template_filter()
def money(cents: int) -> str:
    return f"{cents / 100:.2f}"


@admin.record
def remember(state: BlueprintSetupState) -> None:
    state.app.config.setdefault("ADMIN_TITLE", "Admin")


admin.register_blueprint(users, url_prefix="/users")


class Page(View):
    init_every_request = False
    methods = ["GET"]

    def __init__(self, template: str) -> None:
        self.template = template

    def dispatch_request(self, **values: Any) -> str:
        return render_template_string(self.template, messages=get_flashed_messages())


class Note(MethodView):
    def get(self, note_id: int) -> dict[str, int]:
        return {"id": note_id}

    async def delete(self, note_id: int) -> tuple[str, int]:
        return "", 204


class LoudRequest(Request):
    @property
    def loud_path(self) -> str:
        return self.path.upper()


class LoudApp(App):
    request_class = LoudRequest


def create_app(overrides: Mapping[str, Any] | None = None) -> App:
    app = LoudApp(__name__, static_folder="static", instance_relative_config=True)
    app.config.from_mapping(SECRET_KEY="dev", MAX_CONTENT_LENGTH=1 << 20)
    app.config.from_prefixed_env()
    app.config.from_pyfile("settings.py", silent=True)
    if overrides:
        app.config.update(overrides)
    app.register_blueprint(admin)
    app.register_blueprint(admin, name="again", url_prefix="/again")
    app.add_url_rule("/page", view_func=Page.as_view("page", template="{{ messages }}"))
    app.add_url_rule("/note/<int:note_id>", view_func=Note.as_view("note"))
    return app


def configuration(app: App) -> Config:
    assert isinstance(app.config, Config)
    return app.config


def try_it() -> str:
    app = create_app({"TESTING": True})
    client: FlaskClient = app.test_client()
    response = client.post("/admin/users/", data={"name": "Ada"}, follow_redirects=True)
    assert response.status_code == 201
    assert response.text == json.dumps(response.get_json())
    with client.session_transaction() as stored:
        stored["user"] = "ada"
    with client:
        client.get("/page", headers={"Accept": "text/html"})
        assert has_request_context()
        assert request.endpoint == "page"
    runner: FlaskCliRunner = app.test_cli_runner()
    runner.invoke(args=["routes"])
    with app.app_context():
        assert has_app_context()
        assert current_app.debug is False
    with app.test_request_context("/note/1", method="DELETE"):
        return url_for("note", note_id=2, _external=True)

"""What the lessons lead to: the features of Flask that people come across next."""

import asyncio
import datetime
import decimal
import io
import os
import uuid

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    after_this_request,
    flash,
    g,
    get_flashed_messages,
    jsonify,
    make_response,
    redirect,
    render_template,
    render_template_string,
    request,
    send_file,
    send_from_directory,
    session,
    stream_template,
    stream_with_context,
    url_for,
)
from flask.views import MethodView, View
from markupsafe import Markup
from werkzeug.exceptions import Forbidden, HTTPException

app = Flask(__name__)
app.secret_key = "only-for-this-test"

# ---- blueprints

part = Blueprint("part", __name__, url_prefix="/part", static_folder="static")
nested = Blueprint("nested", __name__)


@part.before_request
def note_part():
    g.part = request.blueprint


@part.after_request
def tell_part(response):
    response.headers["X-Part"] = g.get("part", "")
    return response


@part.errorhandler(404)
def part_has_no_such_page(error):
    return "not in this part", 404


@part.route("/")
def front():
    return " ".join(
        (
            url_for(".front"),
            url_for("part.nested.leaf", number=1),
            url_for("part.static", filename="a.txt"),
            url_for("index", _external=True),
        )
    )


@part.route("/abort/<int:code>")
def give_up(code):
    abort(code)


@nested.route("/leaf/<int(min=1, max=9):number>")
def leaf(number):
    return f"{request.endpoint} {request.blueprint} {request.blueprints} {number}"


part.register_blueprint(nested, url_prefix="/nested")
app.register_blueprint(part)
app.register_blueprint(part, name="again", url_prefix="/again")

# ---- hooks, error handlers, and what templates know


@app.before_request
def stop_some():
    g.number = 1
    if request.args.get("stop"):
        return "stopped", 418
    return None


@app.after_request
def mark(response):
    response.headers.add("X-Marked", "1")
    return response


@app.teardown_request
def remember_error(error):
    app.config["LAST_ERROR"] = repr(error)


@app.context_processor
def more_names():
    return {"extra": "extra", "double": lambda number: number * 2}


@app.template_filter("backwards")
def backwards(text):
    return text[::-1]


@app.template_test("uneven")
def is_uneven(number):
    return number % 2


@app.template_global()
def everywhere():
    return "everywhere"


@app.errorhandler(ValueError)
def bad_value(error):
    return {"error": str(error)}, 422


@app.errorhandler(403)
def forbidden(error):
    return f"ours: {error.code} {error.description}", 403


@app.errorhandler(HTTPException)
def any_http_error(error):
    return ("gone for good", 410) if error.code == 410 else error


# ---- what a view may return


@app.route("/")
def index():
    return "index"


RESULTS = {
    "status": lambda: ("x", 201),
    "fields": lambda: ("x", {"X-A": "1"}),
    "status-fields": lambda: ("x", 202, {"X-A": "1"}),
    "list-of-fields": lambda: ("x", 203, [("X-A", "1"), ("X-A", "2")]),
    "dict-status": lambda: ({"a": 1}, 200),
    "list-status": lambda: ([1, 2], 201),
    "bytes": lambda: (b"bytes", 200, {"Content-Type": "application/x"}),
    "response": lambda: Response("r", 299),
    "response-status": lambda: (Response("r"), 400, {"X-B": "2"}),
    "empty": lambda: "",
    "made": lambda: make_response(("made", 404)),
    "jsonify": lambda: jsonify(a=1, b=[1, None, True]),
    "jsonify-list": lambda: jsonify([1, 2]),
    "jsonify-text": lambda: jsonify("text"),
    "reason": lambda: ("x", "299 Weird"),
    "number": lambda: 5,
    "four": lambda: ("a", "b", "c", "d"),
    "iterator": lambda: Response(iter(["a", "b"])),
    "generator": lambda: (piece for piece in ("a", "b")),
    "no-content": lambda: ("x", 204),
    "not-modified": lambda: ("", 304),
}


@app.route("/result/<kind>")
def result(kind):
    return RESULTS[kind]()


@app.route("/json")
def many_types():
    return {
        "datetime": datetime.datetime(2020, 1, 2, 3, 4, 5),
        "date": datetime.date(2020, 1, 2),
        "decimal": decimal.Decimal("1.50"),
        "uuid": uuid.UUID(int=5),
        "ä": "ü€",
        "a": {"b": 1.5},
    }


@app.route("/template")
def template():
    return render_template("t.html", x="<b>", items=[1, 2, 3])


@app.route("/template-string")
def template_string():
    return render_template_string(
        "{{ x }} {{ x|safe }} {{ config.SECRET_KEY|length }} {{ request.path }} {{ g.number }}"
        " {{ session.get('a') }} {{ url_for('index', q='a b') }} {{ {'a': '<'}|tojson }}",
        x="<i>",
    )


@app.route("/stream")
def stream():
    def pieces():
        yield "a" + request.args.get("q", "")
        yield ""
        yield "b"

    return Response(stream_with_context(pieces()), mimetype="text/plain")


@app.route("/stream-template")
def streamed_template():
    return app.response_class(stream_template("t.html", x="<b>", items=[1, 2]))


@app.route("/file/<kind>")
def file(kind):
    if kind == "memory":
        return send_file(io.BytesIO(b"0123456789"), mimetype="text/plain")
    if kind == "attachment":
        return send_file("static/a.txt", as_attachment=True, download_name="ü name.txt")
    if kind == "folder":
        return send_from_directory("static", "a.txt")
    if kind == "outside":
        return send_from_directory("static", "../app.py")
    if kind == "plain":
        return send_file("static/a.txt", etag=False, conditional=False, last_modified=100)
    return send_file("static/b.txt.gz")


@app.route("/conditional")
def conditional():
    response = make_response("body body")
    response.add_etag()
    response.last_modified = datetime.datetime(2020, 1, 1)
    return response.make_conditional(request, accept_ranges=True, complete_length=9)


@app.route("/cookies")
def cookies():
    response = make_response("cookies")
    response.set_cookie("a", "b c;ü")
    response.set_cookie("x", "y", secure=True, httponly=True, samesite="Strict", path="/p")
    response.delete_cookie("z")
    return response


@app.route("/unusual")
def unusual():
    response = Response("x", status="299 Own Reason", mimetype="text/x")
    response.content_language.add("de")
    response.vary.add("Accept")
    response.cache_control.max_age = 5
    response.cache_control.public = True
    return response


@app.route("/redirect/<int:code>")
def moved(code):
    return redirect(url_for("index", _anchor="x y", a=["1", "2"]), code)


@app.route("/redirect-outside")
def moved_outside():
    return redirect("https://example.org/ä?b=ü")


@app.route("/after")
def after():
    @after_this_request
    def mark_this(response):
        response.headers["X-This"] = "yes"
        return response

    return "after"


# ---- what fails


@app.route("/fail/<kind>")
def fail(kind):
    if kind == "value":
        raise ValueError("bad")
    if kind == "forbidden":
        raise Forbidden("no way")
    if kind == "key":
        return {}["x"]
    if kind == "gone":
        abort(410)
    if kind == "response":
        abort(Response("aborted", 499))
    if kind == "form":
        return request.form["no such field"]
    if kind == "unauthorized":
        abort(401, description="who?")
    return None


@app.route("/last-error")
def last_error():
    return app.config.get("LAST_ERROR", "none yet")


# ---- sessions


@app.route("/session/<action>")
def use_session(action):
    if action == "set":
        session["a"] = [1, {"b": (1, 2)}, datetime.datetime(2020, 1, 1), Markup("<b>")]
        session.permanent = True
    elif action == "flash":
        flash("hello")
        flash("careful", "warning")
    elif action == "get":
        return repr(sorted(session.items())) + repr(get_flashed_messages(with_categories=True))
    elif action == "clear":
        session.clear()
    return action


# ---- kinds of views, and rules


@app.route("/async")
async def asynchronous():
    await asyncio.sleep(0)
    return {"path": request.path}


class Items(MethodView):
    init_every_request = False

    def get(self, number=None):
        return f"get {number}"

    def post(self):
        return f"post {request.get_json()}"

    def delete(self, number):
        return "", 204


class Method(View):
    methods = ("GET", "POST")

    def dispatch_request(self, extra):
        return request.method + extra


app.add_url_rule("/items/", view_func=Items.as_view("items"), methods=["GET", "POST"])
app.add_url_rule("/items/<int:number>", view_func=Items.as_view("item"), methods=["GET", "DELETE"])
app.add_url_rule("/method", view_func=Method.as_view("method"), defaults={"extra": "!"})


@app.route("/pages/", defaults={"number": 1})
@app.route("/pages/<int:number>")
def pages(number):
    return f"page {number}"


@app.route("/either", strict_slashes=False)
def either():
    return "with or without"


@app.get("/get")
def get_only():
    return "get"


@app.post("/post")
def post_only():
    return request.get_data()


@app.put("/put")
def put_only():
    return request.get_data(as_text=True)[::-1]


@app.route("/options", methods=["GET", "OPTIONS"])
def own_options():
    return "own options" if request.method == "OPTIONS" else "x"


@app.route("/no-options", provide_automatic_options=False)
def no_options():
    return "x"


@app.route("/before/<path:middle>/behind")
def in_between(middle):
    return middle


# ---- what came in


@app.route("/form", methods=["POST"])
def read_form():
    return {
        "form": request.form.to_dict(flat=False),
        "files": {
            name: [file.filename, file.mimetype, file.read().decode("latin-1")]
            for name, file in request.files.items(multi=True)
        },
        "content-type": request.content_type,
    }


@app.route("/raw", methods=["POST"])
def read_raw():
    return request.stream.read(5) + b"|" + request.stream.read()


@app.route("/request")
def describe():
    host = request.host
    return {
        "fields": sorted((name, value) for name, value in request.headers if name != "Host"),
        "url": request.url.replace(host, "HOST"),
        "base_url": request.base_url.replace(host, "HOST"),
        "url_root": request.url_root.replace(host, "HOST"),
        "full_path": request.full_path,
        "accept": str(request.accept_mimetypes),
        "language": request.accept_languages.best,
        "authorization": str(request.authorization),
        "referrer": request.referrer,
        "route": list(request.access_route),
        "range": str(request.range),
        "cache_control": str(request.cache_control),
        "if_none_match": str(request.if_none_match),
        "environ": {
            name: request.environ.get(name)
            for name in (
                "SERVER_PROTOCOL",
                "QUERY_STRING",
                "PATH_INFO",
                "SCRIPT_NAME",
                "CONTENT_LENGTH",
                "CONTENT_TYPE",
                "REMOTE_ADDR",
            )
        },
    }


if __name__ == "__main__":
    app.run(port=int(os.environ["PORT"]))

"""Every way to register a view, and everything that a view may return."""

from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from typing import Any, TypedDict

from samovar import (
    App,
    Response,
    abort,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    send_from_directory,
    stream_template,
    stream_with_context,
    url_for,
)
from samovar.typing import ResponseReturnValue

app = App(__name__)
named_by_itself = App()


@app.route("/")
def text() -> str:
    return "<p>Hello</p>"


@app.get("/bytes")
def raw() -> bytes:
    return b"Hello"


@app.post("/dict")
def mapping() -> dict[str, Any]:
    return {"method": request.method, "form": request.form.to_dict()}


@app.put("/list")
@app.patch("/list")
@app.delete("/list")
def sequence() -> list[dict[str, int]]:
    return [{"a": 1}]


class Status(TypedDict):
    status: str


@app.route("/typed-dict")
def typed_dict() -> Status:
    return {"status": "ok"}


@app.route("/json")
def json_response() -> Response:
    return jsonify(hello="world")


@app.route("/user/<int:id>", methods=["GET", "POST"], endpoint="user", strict_slashes=False)
def with_status(id: int) -> tuple[str, int]:
    return f"user {id}", HTTPStatus.CREATED


@app.route("/fields")
def with_fields() -> tuple[str, dict[str, str]]:
    return "text", {"Content-Type": "text/plain"}


@app.route("/all")
def with_status_and_fields() -> tuple[dict[str, int], int, list[tuple[str, str]]]:
    return {"a": 1}, 201, [("X-Seen", "yes")]


@app.route("/generator")
def generator() -> Iterator[str]:
    yield "one"
    yield "two"


@app.route("/streamed")
def streamed() -> Iterator[str]:
    def rows() -> Iterator[str]:
        for key in request.args:
            yield f"{key} "

    return stream_with_context(rows())


@app.route("/template/<name>")
def template(name: str) -> str:
    return render_template("index.html", name=name)


@app.route("/streamed-template")
def streamed_template() -> Iterator[str]:
    return stream_template("index.html", name="Ada")


@app.route("/away")
def away() -> Response:
    return redirect(url_for("user", id=7), code=303)


@app.route("/file")
def file() -> Response:
    return send_file("page.html", as_attachment=True, download_name="p.html")


@app.route("/files/<path:name>")
def files(name: str) -> Response:
    return send_from_directory("files", name)


@app.route("/made")
def made() -> Response:
    response = make_response("made", 202)
    response.headers["X-Made"] = "yes"
    response.set_cookie("seen", "1", max_age=60)
    return response


@app.route("/never")
def never() -> str:
    abort(404, description="nothing here")


@app.route("/either")
def either() -> ResponseReturnValue:
    if request.args.get("page", 1, type=int) > 1:
        return redirect("/")
    return {"files": list(request.files), "json": request.get_json(silent=True)}


@app.route("/async")
async def asynchronous() -> str:
    return "Hello"


@app.route("/async-stream")
async def asynchronous_stream() -> AsyncIterator[str]:
    async def rows() -> AsyncIterator[str]:
        yield "one"

    return rows()


def plain(name: str = "you") -> str:
    return f"Hello {name}"


app.add_url_rule("/plain", view_func=plain)
app.add_url_rule("/plain/<name>", "plain_name", plain, methods=["GET"], defaults={"name": "me"})

if __name__ == "__main__":
    app.run(host="127.0.0.1", port=5000, debug=True)

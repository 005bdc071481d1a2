"""The program on Falcon (WSGI)."""

import time
from typing import Any

import falcon
import jinja2
import shared

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(shared.TEMPLATES), autoescape=True, auto_reload=False
)


class Hello:
    def on_get(self, req: Any, resp: Any) -> None:
        resp.content_type = falcon.MEDIA_HTML
        resp.text = shared.HELLO


class User:
    def on_get(self, req: Any, resp: Any, id: int) -> None:
        resp.media = {"id": id, "name": f"user {id}"}


class Rows:
    def on_get(self, req: Any, resp: Any) -> None:
        resp.media = shared.rows()


class Table:
    def on_get(self, req: Any, resp: Any) -> None:
        resp.content_type = falcon.MEDIA_HTML
        template = _templates.get_template("table.html")
        resp.text = template.render(title="Products", rows=shared.rows())


class Search:
    def on_get(self, req: Any, resp: Any) -> None:
        resp.media = {
            "q": req.get_param("q", required=True),
            "page": req.get_param_as_int("page", default=1),
            "client": req.get_header("X-Client"),
        }


class Form:
    def on_post(self, req: Any, resp: Any) -> None:
        form = req.get_media()
        resp.content_type = falcon.MEDIA_TEXT
        resp.text = f"{form['name']}: {form['message']}"


class Upload:
    def on_post(self, req: Any, resp: Any) -> None:
        resp.content_type = falcon.MEDIA_TEXT
        for part in req.get_media():
            if part.name == "photo":
                resp.text = str(len(part.get_data()))


class Block:
    def on_get(self, req: Any, resp: Any) -> None:
        time.sleep(shared.PAUSE)
        resp.text = "done"


class Cpu:
    def on_get(self, req: Any, resp: Any) -> None:
        shared.burn()
        resp.text = "done"


class Edit:
    def on_get(self, req: Any, resp: Any, id: int) -> None:
        resp.text = str(id)


app = falcon.App()
app.req_options.media_handlers[
    falcon.MEDIA_MULTIPART
].parse_options.max_body_part_buffer_size = 2_000_000
for _n in range(shared.EXTRA_ROUTES):
    app.add_route(f"/section{_n}/{{id:int}}/edit", Edit())
app.add_route("/", Hello())
app.add_route("/user/{id:int}", User())
app.add_route("/rows", Rows())
app.add_route("/table", Table())
app.add_route("/search", Search())
app.add_route("/form", Form())
app.add_route("/upload", Upload())
app.add_route("/block", Block())
app.add_route("/cpu", Cpu())

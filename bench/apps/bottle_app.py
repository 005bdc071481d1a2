"""The program on Bottle."""

import json
import time
from typing import Any

import bottle
import shared

app = bottle.Bottle()
_TEMPLATE_FOLDERS = [shared.TEMPLATES]  # Bottle caches templates by the identity of this list
_TEMPLATE_SETTINGS = {"autoescape": True}
bottle.BaseRequest.MEMFILE_MAX = 2_000_000


@app.get("/")
def hello() -> str:
    return shared.HELLO


@app.get("/user/<id:int>")
def user(id: int) -> dict[str, Any]:
    return {"id": id, "name": f"user {id}"}


@app.get("/rows")
def rows() -> str:
    bottle.response.content_type = "application/json"
    return json.dumps(shared.rows())


@app.get("/table")
def table() -> Any:
    return bottle.jinja2_template(
        "table.html",
        title="Products",
        rows=shared.rows(),
        template_lookup=_TEMPLATE_FOLDERS,
        template_settings=_TEMPLATE_SETTINGS,
    )


@app.get("/search")
def search() -> dict[str, Any]:
    query = bottle.request.query
    client = bottle.request.get_header("X-Client")
    return {"q": query["q"], "page": int(query.get("page", 1)), "client": client}


@app.post("/form")
def form() -> str:
    forms = bottle.request.forms
    return f"{forms['name']}: {forms['message']}"


@app.post("/upload")
def upload() -> str:
    return str(len(bottle.request.files["photo"].file.read()))


@app.get("/static/<path:path>")
def static(path: str) -> Any:
    return bottle.static_file(path, root=shared.FILES)


@app.get("/block")
def block() -> str:
    time.sleep(shared.PAUSE)
    return "done"


@app.get("/cpu")
def cpu() -> str:
    shared.burn()
    return "done"


for _n in range(shared.EXTRA_ROUTES):
    app.route(f"/section{_n}/<id:int>/edit", callback=lambda id: str(id))

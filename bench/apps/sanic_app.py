"""The program on Sanic. Usage: sanic_app.py PORT"""

import asyncio
import sys
from typing import Any

import shared
from sanic import Sanic
from sanic.response import html, json, text

app = Sanic("bench", configure_logging=False)
app.config.ACCESS_LOG = False


@app.get("/")
async def hello(request: Any) -> Any:
    return html(shared.HELLO)


@app.get("/async")
async def hello_async(request: Any) -> Any:
    return html(shared.HELLO)


@app.get("/user/<id:int>")
async def user(request: Any, id: int) -> Any:
    return json({"id": id, "name": f"user {id}"})


@app.get("/rows")
async def rows(request: Any) -> Any:
    return json(shared.rows())


@app.get("/search")
async def search(request: Any) -> Any:
    args = request.args
    page = int(args.get("page", 1))
    return json({"q": args.get("q"), "page": page, "client": request.headers["x-client"]})


@app.post("/form")
async def form(request: Any) -> Any:
    return text(f"{request.form.get('name')}: {request.form.get('message')}")


@app.post("/upload")
async def upload(request: Any) -> Any:
    return text(str(len(request.files.get("photo").body)))


@app.get("/async-sleep")
async def async_sleep(request: Any) -> Any:
    await asyncio.sleep(shared.PAUSE)
    return text("done")


async def edit(request: Any, id: int) -> Any:
    return text(str(id))


for _n in range(shared.EXTRA_ROUTES):
    app.add_route(edit, f"/section{_n}/<id:int>/edit", name=f"edit{_n}")

if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]), single_process=True, access_log=False, motd=False)

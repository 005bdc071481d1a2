"""The program on BlackSheep."""

import asyncio
from typing import Any

import shared
from blacksheep import Application, Request, html, json, text

app = Application()


@app.router.get("/")
async def hello() -> Any:
    return html(shared.HELLO)


@app.router.get("/async")
async def hello_async() -> Any:
    return html(shared.HELLO)


@app.router.get("/user/{int:id}")
async def user(id: int) -> Any:
    return json({"id": id, "name": f"user {id}"})


@app.router.get("/rows")
async def rows() -> Any:
    return json(shared.rows())


@app.router.get("/search")
async def search(request: Request) -> Any:
    query = request.query
    client = (request.get_first_header(b"x-client") or b"").decode()
    return json({"q": query["q"][0], "page": int(query["page"][0]), "client": client})


@app.router.post("/form")
async def form(request: Request) -> Any:
    fields: Any = await request.form()
    return text(f"{fields['name']}: {fields['message']}")


@app.router.post("/upload")
async def upload(request: Request) -> Any:
    files = await request.files("photo")
    return text(str(len(files[0].data)))


@app.router.get("/async-sleep")
async def async_sleep() -> Any:
    await asyncio.sleep(shared.PAUSE)
    return text("done")


async def edit(id: int) -> Any:
    return text(str(id))


for _n in range(shared.EXTRA_ROUTES):
    app.router.add_get(f"/section{_n}/{{int:id}}/edit", edit)

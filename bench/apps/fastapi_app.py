"""The program on FastAPI."""

import asyncio
import time
from typing import Annotated, Any

import shared
from fastapi import FastAPI, Form, Header, Request, UploadFile
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from starlette.responses import Response
from starlette_parts import lifespan, visits_route

app = FastAPI(lifespan=lifespan)
templates = Jinja2Templates(directory=shared.TEMPLATES)

for _n in range(shared.EXTRA_ROUTES):

    @app.get(f"/section{_n}/{{id}}/edit")
    async def edit(id: int) -> int:
        return id


@app.get("/", response_class=HTMLResponse)
async def hello() -> str:
    return shared.HELLO


@app.get("/async", response_class=HTMLResponse)
async def hello_async() -> str:
    return shared.HELLO


@app.get("/user/{id}")
async def user(id: int) -> dict[str, Any]:
    return {"id": id, "name": f"user {id}"}


@app.get("/rows")
async def rows() -> list[dict[str, Any]]:
    return shared.rows()


@app.get("/table")
async def table(request: Request) -> Response:
    context = {"title": "Products", "rows": shared.rows()}
    return templates.TemplateResponse(request, "table.html", context)


@app.get("/search")
async def search(q: str, x_client: Annotated[str, Header()], page: int = 1) -> dict[str, Any]:
    return {"q": q, "page": page, "client": x_client}


@app.post("/form", response_class=PlainTextResponse)
async def form(name: Annotated[str, Form()], message: Annotated[str, Form()]) -> str:
    return f"{name}: {message}"


@app.post("/upload", response_class=PlainTextResponse)
async def upload(photo: UploadFile) -> str:
    return str(len(await photo.read()))


@app.get("/async-sleep", response_class=PlainTextResponse)
async def async_sleep() -> str:
    await asyncio.sleep(shared.PAUSE)
    return "done"


@app.get("/block", response_class=PlainTextResponse)
def block() -> str:
    time.sleep(shared.PAUSE)
    return "done"


@app.get("/cpu", response_class=PlainTextResponse)
def cpu() -> str:
    shared.burn()
    return "done"


app.router.routes.append(visits_route)
app.mount("/static", StaticFiles(directory=shared.FILES))

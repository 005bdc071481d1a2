"""The program on Starlette."""

import asyncio
import time
from typing import Any

import shared
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette_parts import lifespan, visits_route

templates = Jinja2Templates(directory=shared.TEMPLATES)


async def hello(request: Request) -> Response:
    return HTMLResponse(shared.HELLO)


async def user(request: Request) -> Response:
    id = request.path_params["id"]
    return JSONResponse({"id": id, "name": f"user {id}"})


async def rows(request: Request) -> Response:
    return JSONResponse(shared.rows())


async def table(request: Request) -> Response:
    context = {"title": "Products", "rows": shared.rows()}
    return templates.TemplateResponse(request, "table.html", context)


async def search(request: Request) -> Response:
    query = request.query_params
    page = int(query.get("page", 1))
    return JSONResponse({"q": query["q"], "page": page, "client": request.headers["X-Client"]})


async def form(request: Request) -> Response:
    async with request.form() as fields:
        return PlainTextResponse(f"{fields['name']}: {fields['message']}")


async def upload(request: Request) -> Response:
    async with request.form() as fields:
        photo: Any = fields["photo"]
        return PlainTextResponse(str(len(await photo.read())))


async def async_sleep(request: Request) -> Response:
    await asyncio.sleep(shared.PAUSE)
    return PlainTextResponse("done")


def block(request: Request) -> Response:
    time.sleep(shared.PAUSE)
    return PlainTextResponse("done")


def cpu(request: Request) -> Response:
    shared.burn()
    return PlainTextResponse("done")


async def edit(request: Request) -> Response:
    return PlainTextResponse(str(request.path_params["id"]))


app = Starlette(
    routes=[
        *(
            Route(f"/section{n}/{{id:int}}/edit", edit, name=f"edit{n}")
            for n in range(shared.EXTRA_ROUTES)
        ),
        Route("/", hello),
        Route("/async", hello),
        Route("/user/{id:int}", user),
        Route("/rows", rows),
        Route("/table", table),
        Route("/search", search),
        Route("/form", form, methods=["POST"]),
        Route("/upload", upload, methods=["POST"]),
        visits_route,
        Mount("/static", StaticFiles(directory=shared.FILES)),
        Route("/async-sleep", async_sleep),
        Route("/block", block),
        Route("/cpu", cpu),
    ],
    lifespan=lifespan,
)

"""The program on Robyn. Usage: robyn_app.py PORT"""

import asyncio
import sys
from typing import Any

import shared
from robyn import Robyn

_port = int(sys.argv.pop(1))  # Robyn reads what is left of the command line itself
app = Robyn(__file__)


@app.get("/")
def hello() -> str:
    return shared.HELLO


@app.get("/async")
async def hello_async() -> str:
    return shared.HELLO


@app.get("/user/:id")
def user(request: Any) -> dict[str, Any]:
    id = int(request.path_params["id"])
    return {"id": id, "name": f"user {id}"}


@app.get("/rows")
def rows() -> list[dict[str, Any]]:
    return shared.rows()


@app.get("/async-sleep")
async def async_sleep() -> str:
    await asyncio.sleep(shared.PAUSE)
    return "done"


app.start(host="127.0.0.1", port=_port)

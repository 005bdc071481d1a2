"""The program on socketify. Usage: socketify_app.py PORT"""

import asyncio
import sys
from typing import Any

import shared
from socketify import App, AppListenOptions

app = App()


def hello(res: Any, req: Any) -> None:
    res.write_header("Content-Type", "text/html; charset=utf-8")
    res.end(shared.HELLO)


async def hello_async(res: Any, req: Any) -> None:
    hello(res, req)


def user(res: Any, req: Any) -> None:
    id = int(req.get_parameter(0))
    res.end({"id": id, "name": f"user {id}"})


def rows(res: Any, req: Any) -> None:
    res.end(shared.rows())


async def async_sleep(res: Any, req: Any) -> None:
    await asyncio.sleep(shared.PAUSE)
    res.end("done")


app.get("/", hello)
app.get("/async", hello_async)
app.get("/user/:id", user)
app.get("/rows", rows)
app.get("/async-sleep", async_sleep)
app.listen(AppListenOptions(port=int(sys.argv[1]), host="127.0.0.1"), lambda config: None)
app.run()

"""``samovar run``: programs that are served without starting a server themselves.

With the alias, and as any WSGI application, on Flask.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.extensions.conftest import HERE
from tests.extensions.visitor import Visitor
from tests.support.programs import Program, started

Serve = Callable[..., AbstractContextManager[Program]]


@pytest.fixture(params=[("--as-flask",), ()], ids=["alias", "wsgi"])
def serve(request: pytest.FixtureRequest, extensions_python: Path) -> Serve:
    """Return a function that serves a program with the command ``samovar run``."""

    def serve_program(name: str, *options: str) -> AbstractContextManager[Program]:
        command = (extensions_python, "-m", "samovar", "run", *request.param, "--port", "0")
        return started([*command, HERE / "programs" / f"{name}.py", *options])

    return serve_program


def test_member_logs_in_when_two_processes_share_the_work(serve: Serve) -> None:
    with serve("members", "--workers", "2") as program:
        visitor = Visitor(program)
        visitor.post("/login", name="ada", password="engine")
        assert {visitor.get("/diary").text for _ in range(8)} == {"The diary of ada"}


def test_sockets_of_either_extension_are_served(serve: Serve, client: Callable[..., str]) -> None:
    with serve("rooms") as program:
        seen = json.loads(client("rooms", program.url, "websocket"))
        assert seen["announcement"] == ["announcement", "tea"]
    with serve("echo") as program:
        seen = json.loads(client("echo", program.url, ""))
        assert (seen["text"], seen["goodbye"]) == ("hello", [8, 1000, "done"])

"""The program that stands behind real proxies in tests."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from typing import Any

from samovar import App, Response, request, url_for

app = App(__name__)
go_on = threading.Event()
connections: dict[Any, int] = {}


@app.get("/")
def who() -> dict[str, Any]:
    return {
        "client": request.remote_addr,
        "host": request.host,
        "url": url_for("who", _external=True),
        "below": request.root_path,
        "forged": request.headers.get("X-Forwarded-Port"),
    }


@app.post("/upload")
def upload() -> dict[str, Any]:
    content = request.get_data()
    return {"size": len(content), "digest": hashlib.sha256(content).hexdigest()}


@app.get("/stream")
def stream() -> Response:
    """Give a piece, and the next one only when the first has arrived somewhere."""
    go_on.clear()

    def pieces() -> Iterator[bytes]:
        yield b"first\n"
        go_on.wait(30)
        yield b"second\n"

    return Response(pieces(), mimetype="text/plain")


@app.get("/go-on")
def let_it_go_on() -> str:
    go_on.set()
    return ""


@app.get("/connection")
def connection() -> str:
    """Number the connections to this server; keeping them keeps their numbers apart."""
    carrier = getattr(request.exchange, "carrier", None)
    return str(connections.setdefault(carrier, len(connections)))


@app.get("/shout")
def shout() -> str:
    """Answer an upgrade, and then all that comes in capitals."""
    sock = request.environ["werkzeug.socket"]
    sock.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    )
    while said := sock.recv(1000):
        sock.sendall(said.upper())
    return ""


@app.get("/folder/")
def folder() -> str:
    return ""

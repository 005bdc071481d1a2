"""What the loop leaves in the socket while another thread has the connection."""

from __future__ import annotations

import asyncio
import socket
import threading

from samovar.exchange import Answer, Exchange, Reply
from samovar.server import Server, Settings
from samovar.server.listen import bind
from samovar.server.loop import RECEIVE
from tests.support.handlers import FunctionHandler, echo
from tests.support.serving import PATIENCE, read_to_end


async def answer_late(exchange: Exchange) -> Reply:
    await asyncio.sleep(0.05)  # seconds; long enough for the loop to look elsewhere
    return Reply(200, (), b"late")


def test_request_is_read_on_after_an_asynchronous_answer() -> None:
    """All has arrived before the first look, so the system reports nothing more."""

    def answer(exchange: Exchange) -> Answer:
        return answer_late(exchange) if exchange.method == "GET" else echo(exchange)

    body = b"x" * (RECEIVE + 1000)
    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    settings = Settings(port=0, access_log="off", poller="auto")
    listeners = bind(settings)
    with socket.create_connection(listeners[0].getsockname(), timeout=PATIENCE) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" + head % len(body) + body)
        server = Server(FunctionHandler(answer), settings, listeners)
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            assert read_to_end(client).endswith(body)
        finally:
            server.stop()
            thread.join(PATIENCE)

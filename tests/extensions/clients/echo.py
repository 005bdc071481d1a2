"""A WebSocket client: talks to echo.py and prints what it saw, as JSON."""

import json
import sys

import websocket

url = sys.argv[1].replace("http", "ws", 1)

ws = websocket.create_connection(
    f"{url}/echo?what=tea", subprotocols=["tea.v1"], timeout=20, cookie=sys.argv[2]
)
seen = {"subprotocol": ws.subprotocol, "status": ws.getstatus()}
ws.send("hello")
seen["text"] = ws.recv()
ws.send_binary(b"\x00\x01")
seen["binary"] = list(ws.recv())
ws.send("x" * 300_000)
seen["large"] = len(ws.recv())
ws.ping(b"still there?")
ws.send("after a ping")
opcode, pong = ws.recv_data(control_frame=True)
seen["pong"] = [opcode, pong.decode()]
seen["after"] = ws.recv()
ws.close(status=1001)

ws = websocket.create_connection(f"{url}/count/3", timeout=20)
seen["count"] = [ws.recv() for _ in range(3)]
opcode, frame = ws.recv_data(control_frame=True)
seen["goodbye"] = [opcode, int.from_bytes(frame[:2], "big"), frame[2:].decode()]

# A plain view is no place for a WebSocket, and a place that does not exist neither.
for name in ("/", "/nowhere"):
    try:
        websocket.create_connection(url + name, timeout=20)
    except websocket.WebSocketBadStatusException as error:
        seen[name] = error.status_code

clients = [websocket.create_connection(f"{url}/echo", timeout=20) for _ in range(20)]
for number, client in enumerate(clients):
    client.send(f"I am {number}")
seen["all"] = all(client.recv() == f"I am {number}" for number, client in enumerate(clients))

json.dump(seen, sys.stdout)

"""A Socket.IO client: talks to rooms.py over one transport and prints what it saw, as JSON."""

import json
import queue
import sys
import urllib.request

import socketio

url, transport = sys.argv[1:]
PATIENCE = 20


def connected(name, **options):
    """Return a client and the queue of the events that it gets."""
    client = socketio.Client(reconnection=False)
    events = queue.Queue()
    client.on("*", lambda event, data: events.put([event, data]))
    client.on("message", lambda data: events.put(["message", data]))
    client.connect(f"{url}?name={name}", transports=transport.split(","), **options)
    return client, events


ada, to_ada = connected("ada")
bob, to_bob = connected("bob")
seen = {"transport": ada.transport()}

seen["welcome"] = ada.call("enter", "kitchen", timeout=PATIENCE)
seen["ada came"] = to_ada.get(timeout=PATIENCE)
bob.call("enter", "kitchen", timeout=PATIENCE)
seen["bob came"] = [to_ada.get(timeout=PATIENCE), to_bob.get(timeout=PATIENCE)]

ada.emit("upload", b"\x00\x01\x02")
event, data = to_ada.get(timeout=PATIENCE)
seen["upload"] = [event, data["size"], list(data["back"])]

ada.emit("count", 3)
seen["count"] = [to_ada.get(timeout=PATIENCE) for _ in range(3)]

ada.emit("break")
seen["broken"] = to_ada.get(timeout=PATIENCE)

# A plain request beside the sockets, which speaks to them.
with urllib.request.urlopen(f"{url}/announce?text=tea", timeout=PATIENCE) as answer:
    seen["page"] = answer.read().decode()
while (event := to_bob.get(timeout=PATIENCE))[0] != "announcement":
    pass  # the countdown was for everybody
seen["announcement"] = event

ada.disconnect()
bob.disconnect()

try:
    connected("eve", auth={"token": "wrong"})
except socketio.exceptions.ConnectionError:
    seen["eve"] = "refused"

json.dump(seen, sys.stdout)

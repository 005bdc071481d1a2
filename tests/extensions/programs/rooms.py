"""Rooms to chat in (Flask-SocketIO)."""

from flask import Flask, request, session
from flask_socketio import SocketIO, emit, join_room, send

app = Flask(__name__)
app.secret_key = "only-for-this-test"
# A poll lasts as long as a ping is away. The client may leave one behind, so let it be short.
socketio = SocketIO(app, async_mode="threading", ping_interval=3)


@app.get("/")
def home():
    return "a plain page beside the sockets"


@app.get("/announce")
def announce():
    socketio.emit("announcement", request.args["text"], to="kitchen")
    return "announced"


@socketio.on("connect")
def connect(auth):
    if auth == {"token": "wrong"}:
        return False
    session["name"] = request.args["name"]
    return None


@socketio.on("enter")
def enter(room):
    join_room(room)
    send(f"{session['name']} came in", to=room)
    return f"welcome to the {room}"


@socketio.on("upload")
def upload(content):
    emit("received", {"size": len(content), "back": content[::-1]})


@socketio.on("count")
def count(number):
    def count_down():
        for left in range(number, 0, -1):
            socketio.emit("left", left)

    socketio.start_background_task(count_down)


@socketio.on_error_default
def failed(error):
    emit("failed", str(error))


@socketio.on("break")
def break_down():
    raise ValueError("broken")


if __name__ == "__main__":
    socketio.run(app, port=0, allow_unsafe_werkzeug=True)

"""An echo, and a clock that says goodbye (Flask-Sock)."""

from flask import Flask, request, session
from flask_sock import Sock

app = Flask(__name__)
app.secret_key = "only-for-this-test"
app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": 25, "subprotocols": ["tea.v1"]}
sock = Sock(app)

seen = []


@app.get("/")
def home():
    session["name"] = "ada"
    return ", ".join(seen)


@sock.route("/echo")
def echo(ws):
    seen.append(f"{session.get('name')} asked for {request.args.get('what')}")
    while True:
        ws.send(ws.receive())


@sock.route("/count/<int:number>")
def count(ws, number):
    for left in range(number, 0, -1):
        ws.send(str(left))
    ws.close(1000, "done")


@sock.route("/broken")
def broken(ws):
    raise ValueError("broken")


if __name__ == "__main__":
    app.run(port=0)

"""Baskets in sessions that stay on the server (Flask-Session)."""

import os

from cachelib import FileSystemCache
from flask import Flask, request, session
from flask_session import Session
from redis import Redis

app = Flask(__name__)
app.config["SESSION_TYPE"] = os.environ["SESSION_TYPE"]
if app.config["SESSION_TYPE"] == "redis":
    app.config["SESSION_REDIS"] = Redis(unix_socket_path=os.environ["STORE"])
else:
    app.config["SESSION_CACHELIB"] = FileSystemCache(os.environ["STORE"])
Session(app)


@app.post("/basket")
def put():
    session.setdefault("basket", []).append(request.form["thing"])
    session.modified = True
    return "", 204


@app.get("/basket")
def show():
    return session.get("basket", [])


@app.delete("/basket")
def empty():
    session.clear()
    return "", 204


@app.post("/login")
def login():
    app.session_interface.regenerate(session)
    return "", 204


if __name__ == "__main__":
    app.run(port=0)

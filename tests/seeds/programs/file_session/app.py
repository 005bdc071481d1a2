import os
from datetime import datetime

from flask import Flask, session
from flask_session import Session

app = Flask(__name__)
app.config["SESSION_TYPE"] = "filesystem"
app.config["SESSION_FILE_DIR"] = os.path.join(app.root_path, "cache")
app.config["SESSION_FILE_THRESHOLD"] = 1000
Session(app)


@app.route("/")
def home():
    session["last_accessed"] = datetime.now()
    return "Welcome"


@app.route("/lasthere")
def lasthere():
    return "You were last here {}".format(session["last_accessed"])


@app.route("/forget")
def forget():
    session.clear()
    return "Forgotten"


if __name__ == "__main__":
    app.run(port=int(os.environ["PORT"]))

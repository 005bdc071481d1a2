import os
from datetime import datetime

from flask import Flask

app = Flask(__name__)


@app.route("/")
def hello():
    return HELLO_HTML


HELLO_HTML = """
    <html><body>
        <h1>Hello, world!</h1>
        Follow <a href="/time">this link</a> to the time.
    </body></html>
    """


@app.route("/time")
def time():
    return TIME_HTML.format(datetime.now())


TIME_HTML = """
    <html><body>
        It is {0}.
    </body></html>
    """


if __name__ == "__main__":
    app.run(host="localhost", port=int(os.environ["PORT"]), debug=bool(os.environ.get("DEBUG")))

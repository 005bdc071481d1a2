"""Paths with variable parts, paths with and without a slash at the end, and a first template."""

import os
import sys

from markupsafe import escape

from samovar import App, render_template

app = App(__name__)


@app.route("/")
def hello_world() -> str:
    return "Hello World!"


# A rule that ends with a slash answers both ways: /hello is sent on to /hello/.
@app.route("/hello/")
def greeting() -> str:
    return """<h1>Hail</h1>
              <p>Greetings and felicitations, <em>honoured</em> guest!</p>"""


# A rule without a slash at the end answers /goodbye alone: /goodbye/ is not found.
@app.route("/goodbye")
def farewell() -> str:
    return "Farewell, and come again."


# What stands in the path at <name> arrives as the argument of that name.
@app.route("/hello/<name>")
def custom_greeting(name: str) -> str:
    # Whoever types the address chooses the name. escape() makes sure that it stays text, even if
    # somebody calls himself <script>.
    return f"Hello {escape(name)}, nice to meet you!"


# <int:number> matches digits only and hands over a number: /square/seven is not found.
@app.route("/square/<int:number>")
def square(number: int) -> str:
    return f"{number} times {number} is {number * number}."


# The HTML lives in templates/greet.html. A template escapes what is put into it by itself.
@app.route("/greet/")
@app.route("/greet/<name>")
def greet(name: str = "honoured guest") -> str:
    return render_template("greet.html", name=name)


def port_of_my_own() -> int:
    """Return a port that nobody else on this machine takes: the number of the user's account.

    Handy where a whole class works on one computer. Ports below 1024 belong to the system, and
    Windows has no such numbers; then it is 5000, as usual.
    """
    uid = os.getuid() if hasattr(os, "getuid") else 0
    return uid if uid >= 1024 else 5000


if __name__ == "__main__":
    # `python app.py 8080` listens on port 8080.
    port = int(sys.argv[1]) if len(sys.argv) > 1 else port_of_my_own()
    app.run(port=port, debug=True)

import os

from flask import Flask, render_template

app = Flask(__name__)


@app.route("/")
def hello_world():
    return "Hello World!"


@app.route("/hello/")
def greeting():
    return """<h1>Hail</h1>
              <p>Greetings, <em>dear</em> guest!</p>"""


@app.route("/both/")
def with_slash():
    return "with"


@app.route("/both")
def without_slash():
    return "without"


@app.route("/goodbye")
def farewell():
    return "Farewell"


@app.route("/hello/<name>")
def custom_greeting(name):
    return "Hello {}, nice to meet you!".format(name)


@app.route("/square/<int:number>")
def square(number):
    return str(number * number)


@app.route("/fraction/<float:number>/")
def fraction(number):
    return str(number)


@app.route("/path/<path:rest>")
def path(rest):
    return rest


@app.route("/either/<any(tea,coffee):drink>")
def either(drink):
    return drink


@app.route("/id/<uuid:number>")
def uuid(number):
    return str(number)


@app.route("/greet")
def greet():
    return render_template("greet.html")


if __name__ == "__main__":
    app.debug = False
    app.run("0.0.0.0", int(os.environ["PORT"]))

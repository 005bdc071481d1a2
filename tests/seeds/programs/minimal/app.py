import os

from flask import Flask

app = Flask(__name__)


@app.route("/")
def name_of_function_does_not_matter():
    return """<!doctype html>
<html lang="en"><body>You can do it!</body></html>"""


if __name__ == "__main__":
    app.run(port=int(os.environ["PORT"]))

"""The smallest web application: one page."""

from samovar import App

app = App(__name__)


@app.route("/")
def name_of_function_does_not_matter() -> str:
    return """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Minimal</title>
  </head>
  <body>
    <h1>It works.</h1>
    <p>A web page, made by a Python function. You can do it!</p>
  </body>
</html>
"""


if __name__ == "__main__":
    app.run()

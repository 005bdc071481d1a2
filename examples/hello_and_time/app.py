"""Two pages, and a link from one to the other."""

from datetime import datetime

from samovar import App

app = App(__name__)

HELLO_HTML = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Hello</title>
  </head>
  <body>
    <h1>Hello, world!</h1>
    <p>Click <a href="/time">here</a> for the time.</p>
  </body>
</html>
"""

TIME_HTML = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Time</title>
  </head>
  <body>
    <p>The time is {now:%H:%M:%S}, and the day {now:%Y-%m-%d}.</p>
    <p><a href="/">Back</a></p>
  </body>
</html>
"""


@app.route("/")
def hello() -> str:
    return HELLO_HTML


@app.route("/time")
def time() -> str:
    # The page is put together anew for every request: reload it, and the time has moved on.
    return TIME_HTML.format(now=datetime.now())


if __name__ == "__main__":
    # debug=True starts the program again whenever you save the file.
    app.run(host="localhost", debug=True)

"""A small site: three pages from files, and one page for each user."""

from markupsafe import escape

from samovar import App, Response, send_file

app = App(__name__)


# send_file() looks for the file beside this program and sends it as it is.
@app.route("/")
def home() -> Response:
    return send_file("main.html")


@app.route("/about")
def about() -> Response:
    return send_file("about.html")


@app.route("/products")
def products() -> Response:
    return send_file("products.html")


@app.route("/user/<userid>")
def user(userid: str) -> str:
    return f"You are looking at the page for {escape(userid)}"


if __name__ == "__main__":
    app.run()

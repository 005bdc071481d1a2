"""Photos that visitors upload, and a page that shows them."""

from pathlib import Path
from uuid import uuid4

from werkzeug.utils import secure_filename

from samovar import (
    App,
    Response,
    abort,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from samovar.typing import ResponseReturnValue

app = App(__name__)

# Larger uploads are refused before they are read: answer 413.
app.config["MAX_CONTENT_LENGTH"] = 16 * 1024 * 1024  # bytes

# Pictures only: an uploaded web page could run its scripts in the browsers of other visitors.
ALLOWED_EXTENSIONS = {"png", "jpg", "jpeg", "gif", "webp"}

PHOTOS = Path(app.root_path, "photos")
PHOTOS.mkdir(exist_ok=True)

SHOWN = 60  # the newest photos, on the page


def new_name(filename: str) -> str:
    """Return the name to save an uploaded file under.

    secure_filename() leaves nothing that could reach out of the folder ("../../etc/passwd" becomes
    "etc_passwd"), and the random part keeps two files named photo.jpg apart.
    """
    safe = secure_filename(filename)
    extension = safe.rpartition(".")[2].lower()
    if extension not in ALLOWED_EXTENSIONS:
        abort(400, f"{filename!r} is not a picture: send {', '.join(sorted(ALLOWED_EXTENSIONS))}.")
    return f"{uuid4().hex[:12]}-{safe[-80:]}"


@app.route("/")
def home() -> str:
    photos = sorted(PHOTOS.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    return render_template("index.html", names=[path.name for path in photos[:SHOWN]])


@app.route("/photo", methods=["POST"])
def upload_photo() -> ResponseReturnValue:
    # "file" is the name of the <input> in the form.
    file = request.files["file"]
    if not file.filename:
        abort(400, "Choose a photo first, then press Upload.")
    file.save(PHOTOS / new_name(file.filename))
    return redirect(url_for("home"))


@app.route("/photos/<name>")
def photo(name: str) -> Response:
    return send_from_directory(PHOTOS, name)


if __name__ == "__main__":
    app.run()

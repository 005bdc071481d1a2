"""A chat: people write, and everybody sees it within a second.

The browser gets `main.html` once. From then on `static/main.js` asks for what is new with
`GET /messages` and sends what is written with `POST /message`. What was said is kept in SQLite.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from samovar import App, Response, abort, request, send_file

app = App(__name__)
app.config["DATABASE"] = os.environ.get("CHAT_DATABASE") or os.path.join(app.root_path, "chat.db")
app.config["MAX_CONTENT_LENGTH"] = 16 * 1024  # bytes; a message is much shorter

NAME_LENGTH = 40  # characters; longer names are cut
MESSAGE_LENGTH = 1000  # characters; longer messages are refused
SHOWN = 50  # messages that a new visitor gets to see
KEPT = 10_000  # messages in the database; older ones are deleted
LARGEST_ID = 2**63 - 1  # SQLite knows no larger number


# ---- the database


@contextmanager
def database() -> Iterator[sqlite3.Connection]:
    """Open the database for one short transaction, then close it.

    While somebody else is writing, SQLite waits for its turn, up to `timeout` seconds.
    """
    connection = sqlite3.connect(app.config["DATABASE"], timeout=30)
    connection.row_factory = sqlite3.Row
    try:
        with connection:  # commits at the end, or takes everything back if something went wrong
            yield connection
    finally:
        connection.close()


def initialise_database() -> None:
    with database() as db:
        # With a write-ahead log (WAL) nobody who reads has to wait for somebody who writes.
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(
            "CREATE TABLE IF NOT EXISTS messages ("
            " id INTEGER PRIMARY KEY AUTOINCREMENT,"
            " time INTEGER, name TEXT, address TEXT, message TEXT)"
        )


def save_message(name: str, address: str, message: str) -> int:
    """Keep a message, and return the number that the database gave it."""
    with database() as db:
        # The values go in through the question marks, never through f"...": whatever people
        # write stays a value and cannot become a part of the command.
        cursor = db.execute(
            "INSERT INTO messages (time, name, address, message) VALUES (?, ?, ?, ?)",
            (int(time.time()), name, address, message),
        )
        number = cursor.lastrowid or 0
        db.execute("DELETE FROM messages WHERE id <= ?", (number - KEPT,))
    return number


def read_messages(after: int) -> list[dict[str, object]]:
    """Return the newest messages that came after the one with that number, oldest first."""
    with database() as db:
        rows = db.execute(
            "SELECT * FROM messages WHERE id > ? ORDER BY id DESC LIMIT ?", (after, SHOWN)
        ).fetchall()
    return [dict(row) for row in reversed(rows)]


# ---- the pages


@app.route("/")
def home() -> Response:
    return send_file("main.html")


@app.route("/message", methods=["POST"])
def upload_message() -> dict[str, int]:
    message = request.form.get("message", "").strip()
    name = request.form.get("name", "").strip()[:NAME_LENGTH]
    if not message:
        abort(400, "The message is empty: write something into the form field 'message'.")
    if len(message) > MESSAGE_LENGTH:
        abort(400, f"The message has {len(message)} characters; {MESSAGE_LENGTH} are allowed.")
    return {"id": save_message(name, request.remote_addr or "", message)}


@app.route("/messages")
def get_messages() -> list[dict[str, object]]:
    after = request.args.get("after", 0, type=int)
    return read_messages(min(max(after, 0), LARGEST_ID))


@app.after_request
def protect(response: Response) -> Response:
    # The page may use our own scripts and styles only. main.js shows what people write as text;
    # should it ever forget to, the browser still refuses to run it.
    response.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


initialise_database()

if __name__ == "__main__":
    app.run()

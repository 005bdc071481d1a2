"""A session whose content stays on the server, in files."""

import os
from datetime import datetime

from samovar import App, session
from samovar.sessions.files import FileSystemSessionInterface

app = App(__name__)

# One file for each visitor, in the folder cache/ beside this program; at most 1000 of them.
CACHE = os.path.join(app.root_path, "cache")
app.session_interface = FileSystemSessionInterface(CACHE, threshold=1000)


@app.route("/")
def home() -> str:
    session["last_accessed"] = datetime.now()
    return 'Welcome. Now look at <a href="/lasthere">when you were here</a>.'


@app.route("/lasthere")
def last_here() -> str:
    if "last_accessed" not in session:
        return 'You have not been <a href="/">here</a> yet.'
    return f"You were last here on {session['last_accessed']:%A at %H:%M:%S}."


if __name__ == "__main__":
    app.run()

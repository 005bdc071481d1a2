"""A login form, and a session that remembers who has logged in."""

import os
import secrets

from werkzeug.security import check_password_hash, generate_password_hash

from samovar import App, flash, redirect, render_template, request, session, url_for
from samovar.typing import ResponseReturnValue

app = App(__name__)

# A session travels in a cookie that this key signs, so that nobody can change what it says.
# Whoever knows the key can log in as anybody: it never belongs into a program's text. Without one
# in the environment we make a new one at each start, and everybody has to log in again.
app.secret_key = os.environ.get("SECRET_KEY") or secrets.token_hex()

# The cookie is not sent along when a page of somebody else's posts a form to us.
app.config["SESSION_COOKIE_SAMESITE"] = "Lax"

# A real program keeps these in a database. What is kept is a hash: it tells whether a password is
# right, but not what the password is.
PASSWORD_HASHES = {"ada": generate_password_hash("lovelace")}
HASH_OF_NOBODY = generate_password_hash(secrets.token_hex())


def password_is_right(userid: str, password: str) -> bool:
    # Unknown names cost as much time as known ones, so that guessing finds no names either.
    return check_password_hash(PASSWORD_HASHES.get(userid, HASH_OF_NOBODY), password)


@app.route("/")
def home() -> str:
    return render_template("index.html", username=session.get("username"))


@app.route("/login", methods=["POST"])
def login() -> ResponseReturnValue:
    # The names in brackets are those of the <input> fields in the form.
    userid = request.form["userid"]
    if password_is_right(userid, request.form["passwd"]):
        session["username"] = userid
    else:
        flash("That name and password do not belong together.")
    return redirect(url_for("home"))


@app.route("/logout", methods=["POST"])
def logout() -> ResponseReturnValue:
    session.clear()
    return redirect(url_for("home"))


if __name__ == "__main__":
    app.run()

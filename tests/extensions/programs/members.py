"""Members log in and out, and one page is theirs alone (Flask-Login)."""

from flask import Flask, redirect, request, url_for
from flask_login import (
    LoginManager,
    UserMixin,
    current_user,
    login_required,
    login_user,
    logout_user,
)

PASSWORDS = {"ada": "engine"}

app = Flask(__name__)
app.secret_key = "only-for-this-test"

login_manager = LoginManager(app)
login_manager.login_view = "login"


class Member(UserMixin):
    def __init__(self, name):
        self.id = name


@login_manager.user_loader
def load_member(name):
    return Member(name) if name in PASSWORDS else None


@app.get("/")
def home():
    return f"Hello {current_user.id}" if current_user.is_authenticated else "Hello stranger"


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "POST":
        name = request.form["name"]
        if PASSWORDS.get(name) == request.form["password"]:
            login_user(Member(name), remember="remember" in request.form)
            return redirect(request.args.get("next") or url_for("home"))
        return "Wrong name or password", 401
    return "Please log in"


@app.get("/diary")
@login_required
def diary():
    return f"The diary of {current_user.id}"


@app.get("/logout")
def logout():
    logout_user()
    return redirect(url_for("home"))


if __name__ == "__main__":
    app.run(port=0)

import os

from flask import Flask, redirect, request, send_file, session

app = Flask(__name__)
app.config["SECRET_KEY"] = "only-for-this-test"


@app.route("/")
def home():
    return send_file("main.html")


@app.route("/about")
def about():
    return send_file("about.html")


@app.route("/products")
def products():
    return send_file("products.html")


@app.route("/missing")
def missing():
    return send_file("nowhere.html")


@app.route("/user/<userid>")
def user(userid):
    return "You are looking at the page for " + userid


@app.route("/demo2", methods=["POST"])
def demo2():
    uid = request.form["userid"]
    pwd = request.form["passwd"]
    print("Somebody tries to log in as {} with a password of {}".format(uid, len(pwd)))
    session["username"] = uid
    return redirect("/whoami")


@app.route("/whoami")
def whoami():
    if "username" not in session:
        return "nobody", 401
    return session["username"]


@app.route("/logout")
def logout():
    session.pop("username", None)
    return redirect("/")


@app.route("/inspect", methods=["GET", "POST", "PUT"])
def inspect():
    authorization = request.authorization
    return {
        "args": request.args.to_dict(flat=False),
        "form": request.form.to_dict(flat=False),
        "values": request.values.to_dict(flat=False),
        "files": {name: file.filename for name, file in request.files.items()},
        "is_json": request.is_json,
        "json": request.get_json(silent=True),
        "x-lesson": request.headers.get("X-Lesson"),
        "cookies": request.cookies.to_dict(),
        "authorization": authorization and [authorization.username, authorization.password],
        "method": request.method,
        "remote_addr": request.remote_addr,
        "remote_user": request.remote_user,
        "user_agent": request.user_agent.string,
        "mimetype": request.mimetype,
        "path": request.path,
        "full_path": request.full_path,
        "query_string": request.query_string.decode(),
        "data": request.get_data(as_text=True),
        "content_length": request.content_length,
        "is_secure": request.is_secure,
        "scheme": request.scheme,
        "root_path": request.root_path,
        "script_root": request.script_root,
        "endpoint": request.endpoint,
        "rule": request.url_rule.rule,
    }


@app.route("/json", methods=["POST"])
def read_json():
    return {"got": request.json}


@app.route("/broken")
def broken():
    return 1 / 0


@app.route("/nothing")
def nothing():
    pass


if __name__ == "__main__":
    app.run(host="", port=int(os.environ["PORT"]))

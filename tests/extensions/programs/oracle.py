"""An oracle that may be asked twice a minute (Flask-Limiter)."""

from flask import Blueprint, Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

app = Flask(__name__)
app.config["RATELIMIT_HEADERS_ENABLED"] = True
limiter = Limiter(get_remote_address, app=app, default_limits=["5 per hour"])

temple = Blueprint("temple", __name__, url_prefix="/temple")


@app.get("/ask")
@limiter.limit("2 per minute")
def ask():
    return "Perhaps."


@app.get("/look")
def look():
    return "Nobody is here."


@app.get("/free")
@limiter.exempt
def free():
    return "As often as you like."


@temple.get("/")
def enter():
    return "Shh."


limiter.limit("1 per day", error_message="Come back tomorrow.")(temple)
app.register_blueprint(temple)


@app.errorhandler(429)
def too_often(error):
    return f"Too often: {error.description}", 429


if __name__ == "__main__":
    app.run(port=0)

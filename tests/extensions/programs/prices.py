"""Prices that the pages of one shop may read from elsewhere (Flask-Cors)."""

from flask import Flask, abort
from flask_cors import CORS, cross_origin

app = Flask(__name__)
CORS(
    app,
    resources={r"/api/*": {"origins": "https://shop.example", "expose_headers": "X-Stock"}},
    supports_credentials=True,
    max_age=600,
)


@app.get("/api/price")
def price():
    return {"price": 3}, 200, {"X-Stock": "12"}


@app.put("/api/price")
def change():
    abort(409)


@app.get("/inside")
def inside():
    return "for this site alone"


@app.get("/open")
@cross_origin()
def open_to_all():
    return "for everybody"


if __name__ == "__main__":
    app.run(port=0)

"""Sums that are worked out once (Flask-Caching)."""

from flask import Flask, render_template_string, request
from flask_caching import Cache

app = Flask(__name__)
app.config["CACHE_TYPE"] = "SimpleCache"
cache = Cache(app)

worked_out = []


@cache.memoize()
def total(first, second):
    worked_out.append((first, second))
    return first + second


@app.get("/sum/<int:first>/<int:second>")
def show_sum(first, second):
    return {"sum": total(first, second), "worked_out": len(worked_out)}


@app.get("/page")
@cache.cached(timeout=600)
def page():
    worked_out.append("page")
    return f"{len(worked_out)}", 200, {"X-Made-By": "the view"}


@app.get("/search")
@cache.cached(query_string=True)
def search():
    worked_out.append("search")
    return f"{request.args['q']} {len(worked_out)}"


@app.get("/fragment")
def fragment():
    return render_template_string(
        "{% cache 600, 'fragment' %}{{ work() }}{% endcache %}", work=lambda: len(worked_out)
    )


@app.post("/forget")
def forget():
    cache.clear()
    return "", 204


if __name__ == "__main__":
    app.run(port=0)

import os
import random

from flask import Flask, render_template

random.seed(253)  # the same numbers at each start

app = Flask(
    __name__,
    template_folder="templates",
    static_folder="static",
)


@app.route("/")
def base_page():
    return render_template(
        "base.html",
        random_number=random.randint(1, 100000),
        colours=["red", "green", "<b>blue</b>"],
        ages={"Ann": 31, "Ben & Co": 42},
    )


if __name__ == "__main__":
    app.run(host="", port=int(os.environ["PORT"]))

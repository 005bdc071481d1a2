import os

from flask import Flask, render_template

app = Flask(__name__)


@app.route("/demo")
def demo():
    people = []
    people.append({"givenName": "Ada", "familyName": "Lovelace", "email": "ada@example.org"})
    people.append({"givenName": "Marty", "familyName": "McFly", "email": "marty@example.org"})
    people.append({"givenName": "<b>", "familyName": "O'Brown", "email": '"doc"@example.org'})
    return render_template("demo.html", data=people)


if __name__ == "__main__":
    app.run(port=int(os.environ["PORT"]))

"""A table of contacts: a list of dictionaries, shown by a template."""

from samovar import App, render_template

app = App(__name__)

CONTACTS = [
    {"given_name": "Ada", "family_name": "Lovelace", "email": "ada@example.org"},
    {"given_name": "Marty", "family_name": "McFly", "email": "marty@example.org"},
    {"given_name": "Emmett", "family_name": "Brown", "email": "doc@example.org"},
    {"given_name": "Robert'); DROP", "family_name": "<b>Tables</b>", "email": "bobby@example.org"},
]


@app.route("/")
def contacts() -> str:
    return render_template("contacts.html", people=CONTACTS)


if __name__ == "__main__":
    app.run()

"""Values from Python in an HTML template: a number, a list and a dictionary."""

import random

from samovar import App, render_template

app = App(
    __name__,
    template_folder="templates",  # where render_template() looks for HTML files
    static_folder="static",  # files that are sent as they are, under /static/
)

DRINKS = ["black tea", "green tea", "mint tea", "hot chocolate"]
PRICES = {"black tea": 2.5, "green tea": 2.8, "mint tea": 2.2, "hot chocolate": 3.4}


@app.route("/")  # what happens when somebody visits the site
def base_page() -> str:
    return render_template(
        "base.html",
        random_number=random.randint(1, 100000),  # the template calls it random_number
        drinks=DRINKS,
        prices=PRICES,
    )


if __name__ == "__main__":
    app.run(
        host="",  # every network of this computer, so that your phone can visit it too
        port=random.randint(2000, 9000),  # somewhere else at each start: look at the terminal
    )

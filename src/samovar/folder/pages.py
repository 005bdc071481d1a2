"""Pages of our own: listings and errors. They load nothing else, and run no script but ours."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader

from samovar.folder.listing import KEYS, Listing, Order, readable_size

_FOLDER = Path(__file__).parent / "templates"

_STYLE = (_FOLDER / "page.css").read_text(encoding="utf-8")

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_templates = Environment(
    loader=FileSystemLoader(_FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
_templates.globals.update(style=_STYLE, readable_size=readable_size, keys=KEYS)

PAGE_FIELDS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-cache"),
    (
        # A second wall: should a file's name ever get through as markup, it can do nothing.
        "Content-Security-Policy",
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; script-src 'self';"
        " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    ),
    ("X-Content-Type-Options", "nosniff"),
)
"""The header fields of these pages."""

_EXPLANATIONS = {
    301: "A folder's address ends with a slash.",
    403: "The server may not read this file. On its machine, look at the file's permissions.",
    404: "There is no such file or folder here. Look at the spelling, capitals included.",
    405: "Files can only be read here: with GET or HEAD.",
    412: "The file is not in the state that the request names.",
    416: "The file ends before the part that was asked for.",
    503: "The file is being changed at this moment. Try again.",
}


def listing_page(title: str, names: list[str], listing: Listing, order: Order) -> bytes:
    """Return the page that shows what is in a folder.

    Args:
        title: What the folder that is served is called.
        names: The names that lead from it to the one shown.
        listing: What is in there.
        order: How it is sorted.
    """
    crumbs = [(title, "/" + order.query)]
    for index, name in enumerate(names):
        path = "/".join(map(_quoted, names[: index + 1]))
        crumbs.append((_shown(name), f"/{path}/{order.query}"))
    template = _templates.get_template("listing.html")
    return template.render(crumbs=crumbs, listing=listing, order=order).encode()


@cache
def error_page(status: int) -> bytes:
    """Return the page that says why there is nothing else to show."""
    template = _templates.get_template("error.html")
    phrase = HTTPStatus(status).phrase
    return template.render(status=status, phrase=phrase, text=_EXPLANATIONS[status]).encode()


def _shown(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _quoted(name: str) -> str:
    return quote(name.encode("utf-8", "surrogateescape"))

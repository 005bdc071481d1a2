"""Flask-Admin: lists, forms and pages of a back office."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.extensions.conftest import Start
from tests.extensions.visitor import Visitor, found


@pytest.fixture
def visitor(start: Start, tmp_path: Path) -> Visitor:
    """Return a visitor of a back office with a database of its own."""
    return start("backoffice", DATABASE=f"sqlite:///{tmp_path / 'shop.sqlite'}")


def test_list_shows_the_rows_and_finds_some(visitor: Visitor) -> None:
    page = visitor.get("/admin/goods/")
    assert page.status == 200
    assert "teapot" in page.text
    assert "<title>Goods - Shop</title>" in " ".join(page.text.split())
    assert "teapot" in visitor.get("/admin/goods/?search=pot").text
    assert "teapot" not in visitor.get("/admin/goods/?search=cup").text


def test_row_is_made_changed_and_deleted(visitor: Visitor) -> None:
    made = visitor.post("/admin/goods/new/", name="cup", price="3")
    assert (made.status, made.fields["Location"]) == (302, "/admin/goods/")
    assert "Record was successfully created." in visitor.get("/admin/goods/").text

    changed = visitor.post("/admin/goods/edit/?id=2", name="mug", price="4")
    assert changed.status == 302
    assert "mug" in visitor.get("/admin/goods/").text
    assert visitor.get("/admin/report/").text == "All goods together are worth 16."

    cell = visitor.post("/admin/goods/ajax/update/", list_form_pk="2", price="5")
    assert (cell.status, cell.text) == (200, "Record was successfully saved.")
    assert visitor.post("/admin/goods/delete/", id="2").status == 302
    assert "mug" not in visitor.get("/admin/goods/").text


def test_pages_find_their_own_files(visitor: Visitor) -> None:
    page = visitor.get("/admin/")
    style = found(r'href="(/admin/static/[^"]+\.css[^"]*)"', page.text)
    answer = visitor.get(style)
    assert (answer.status, answer.fields.get_content_type()) == (200, "text/css")

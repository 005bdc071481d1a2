"""What `from samovar import ...` offers."""

from __future__ import annotations

import pytest

import samovar

# The public names of Flask 3.1, of which Flask itself is our App.
FLASKS_NAMES = """
    Blueprint Config Request Response
    abort after_this_request copy_current_request_context current_app flash g
    get_flashed_messages get_template_attribute has_app_context has_request_context json jsonify
    make_response redirect render_template render_template_string request send_file
    send_from_directory session stream_template stream_template_string stream_with_context url_for
    appcontext_popped appcontext_pushed appcontext_tearing_down before_render_template
    got_request_exception message_flashed request_finished request_started request_tearing_down
    template_rendered
""".split()


@pytest.mark.parametrize("name", ["App", *FLASKS_NAMES])
def test_public_name_is_there_where_flask_has_it(name: str) -> None:
    assert hasattr(samovar, name)
    assert name in samovar.__all__


def test_all_names_nothing_that_is_missing() -> None:
    assert [name for name in samovar.__all__ if not hasattr(samovar, name)] == []


def test_all_names_nothing_twice_and_nothing_private() -> None:
    assert len(samovar.__all__) == len(set(samovar.__all__))
    assert [
        name for name in samovar.__all__ if name.startswith("_") and name != "__version__"
    ] == []

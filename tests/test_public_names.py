"""What ``from samovar import ...`` offers."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

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
OUR_NAMES = ["App"]


def passed_on() -> list[str]:
    """Return the names that are imported under their own name, which makes them public."""
    source = Path(samovar.__file__).read_text(encoding="utf-8")
    return [
        alias.name
        for node in ast.parse(source).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    ]


def test_public_names_are_those_of_flask_and_ours() -> None:
    assert sorted(passed_on()) == sorted(FLASKS_NAMES + OUR_NAMES)


def test_public_names_can_be_imported() -> None:
    assert [name for name in FLASKS_NAMES + OUR_NAMES if not hasattr(samovar, name)] == []


def test_import_leaves_out_what_few_apps_need() -> None:
    program = (
        "import samovar, sys\n"
        "app = samovar.App('program')\n"
        "app.add_url_rule('/', view_func=lambda: 'hello', endpoint='hello')\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert {"asyncio", "click", "jinja2"}.isdisjoint(done.stdout.split())

"""``import flask`` means Samovar, in processes of their own since the alias changes the process."""

from __future__ import annotations

import ssl
import subprocess
import sys
import textwrap
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.support.certificates import write_certificate
from tests.support.programs import started

ALIAS = ("-m", "samovar.as_flask")


def python(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, words)], cwd=cwd, capture_output=True, text=True, check=False
    )


def run(source: str, folder: Path, *arguments: str) -> str:
    """Run a program under the alias and return what it printed."""
    (folder / "program.py").write_text(textwrap.dedent(source))
    done = python(*ALIAS, "program.py", *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_flask_is_a_samovar_app(tmp_path: Path) -> None:
    source = """
        import flask, samovar
        app = flask.Flask(__name__)
        print(isinstance(app, samovar.App), flask.Flask.__module__)
        print(flask.request is samovar.request)
    """
    assert run(source, tmp_path) == "True flask.app\nTrue"


def test_every_public_submodule_is_loaded_before_the_program(tmp_path: Path) -> None:
    source = """
        import sys
        from samovar.as_flask import SUBMODULES
        print([name for name in SUBMODULES if f"flask.{name}" not in sys.modules])
    """
    assert run(source, tmp_path) == "[]"


IN_USE = """
    app.Rule
    wrappers.ResponseBase
    cli.click
    cli.FlaskGroup
    cli.show_server_banner
    blueprints.BlueprintSetupState
    globals.request
    helpers.get_debug_flag
    helpers.get_root_path
    logging.has_level_handler
    logging.wsgi_errors_stream
    signals.Namespace
    templating.render_template_string
    views.http_method_funcs
    json.jsonify
    globals._cv_app
    globals._cv_request
    ctx._AppCtxGlobals
    sansio.scaffold._endpoint_from_view_func
    templating._render
    json._json
    testing.FlaskClient._request_from_builder_args
    sansio.scaffold.Scaffold._method_route
    app.Flask._find_error_handler
""".split()
"""What programs and extensions import or reach for, private names included."""

BRANCHED_ON = """
    _request_ctx_stack
    _app_ctx_stack
    helpers._endpoint_from_view_func
    scaffold
    json.JSONEncoder
    Markup
    signals.signals_available
""".split()
"""What programs look for to tell an old Flask from a new one."""

REACH = """
    from importlib import import_module
    for name in {names}:
        parts, found = name.split("."), import_module("flask")
        path = "flask"
        for part in parts:
            path += "." + part
            try:
                found = getattr(found, part) if hasattr(found, part) else import_module(path)
            except ImportError:
                break
        else:
            print(name)
"""


def test_names_in_use_are_there_and_those_of_old_flasks_absent(tmp_path: Path) -> None:
    source = REACH.replace("{names}", repr([*IN_USE, *BRANCHED_ON]))
    assert run(source, tmp_path).split() == IN_USE


def test_sansio_is_a_namespace_package(tmp_path: Path) -> None:
    assert run("import flask.sansio; print(flask.sansio.__file__)", tmp_path) == "None"


def test_flasks_version_can_be_asked(tmp_path: Path) -> None:
    source = """
        import importlib.metadata, warnings, flask
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            same = flask.__version__ == importlib.metadata.version("Flask")
        print(same, caught[0].category.__name__, importlib.metadata.version("flask")[:2])
    """
    assert run(source, tmp_path) == "True DeprecationWarning 3."


def test_installed_flask_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "flask").mkdir()
    (tmp_path / "flask" / "__init__.py").write_text("Flask = 'the other one'\n")
    assert run("from flask import Flask; print(Flask.__module__)", tmp_path) == "flask.app"


def test_program_finds_itself_as_python_would_start_it(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("NAME = 'beside'\n")
    source = """
        import sys, beside
        print(__name__, __file__, sys.argv, beside.NAME)
    """
    said = run(source, tmp_path, "-x", "one")
    assert said == "__main__ program.py ['program.py', '-x', 'one'] beside"


def test_module_is_run_with_its_arguments(tmp_path: Path) -> None:
    (tmp_path / "tool.py").write_text("import sys, flask; print(__name__, sys.argv[1:])\n")
    done = python(*ALIAS, "-m", "tool", "-q", cwd=tmp_path)
    assert done.stdout == "__main__ ['-q']\n"


def test_error_of_the_program_shows_its_own_lines(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("def fail():\n    1 / 0\n\nfail()\n")
    done = python(*ALIAS, "program.py", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("File ") == 2
    assert "ZeroDivisionError" in done.stderr


def test_exit_code_of_the_program_is_ours(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("raise SystemExit(7)\n")
    assert python(*ALIAS, "program.py", cwd=tmp_path).returncode == 7


def test_missing_script_is_told(tmp_path: Path) -> None:
    done = python(*ALIAS, "missing.py", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("There is no file 'missing.py'")


@pytest.mark.parametrize("words", [[], ["-m"]], ids=["nothing", "no module"])
def test_usage_is_shown_where_nothing_is_named(tmp_path: Path, words: list[str]) -> None:
    done = python(*ALIAS, *words, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage:")


def test_werkzeugs_server_is_ours(tmp_path: Path) -> None:
    source = """
        import werkzeug.serving
        print(werkzeug.serving.run_simple.__module__)
    """
    assert run(source, tmp_path) == "samovar.as_flask.serving"


def test_flask_command_serves_routes_and_version(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "from flask import Flask\napp = Flask(__name__)\n"
        "@app.cli.command()\ndef hello():\n    print('hello from', app.name)\n"
    )
    flask = (*ALIAS, "-m", "flask")
    assert "/static/<path:filename>" in python(*flask, "routes", cwd=tmp_path).stdout
    assert python(*flask, "hello", cwd=tmp_path).stdout == "hello from app\n"
    assert python(*flask, "--version", cwd=tmp_path).stdout.count("Flask 3.") == 1


@pytest.mark.parametrize("adhoc", [True, False], ids=["adhoc", "files"])
def test_flask_run_serves_https(tmp_path: Path, adhoc: bool) -> None:
    (tmp_path / "app.py").write_text(
        "from flask import Flask\napp = Flask(__name__)\n"
        "@app.get('/')\ndef home():\n    return 'over TLS'\n"
    )
    cert, key = write_certificate(tmp_path)
    files = ("--cert", "adhoc") if adhoc else ("--cert", cert, "--key", key)
    command = (sys.executable, *ALIAS, "-m", "flask", "run", "-p", "0", *files)
    with started(command, cwd=tmp_path) as program:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with urlopen(f"https://127.0.0.1:{program.port}/", context=context) as reply:
            assert reply.read() == b"over TLS"


def test_flask_run_says_what_to_write_instead_of_an_ssl_context(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    source = "import ssl\ncontext = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
    (tmp_path / "certificates.py").write_text(source)
    words = ("-m", "flask", "run", "--cert", "certificates.context")
    done = python(*ALIAS, *words, cwd=tmp_path)
    assert done.returncode == 2
    assert "write --cert FILE --key FILE" in " ".join(done.stderr.split())


def test_agent_that_replaces_the_rendering_of_templates_is_called(tmp_path: Path) -> None:
    source = """
        import flask, flask.templating
        render = flask.templating._render

        def timed(app, template, context):
            return "timed: " + render(app, template, context)

        flask.templating._render = timed
        with flask.Flask(__name__).app_context():
            print(flask.render_template_string("tea"))
            flask.templating._render = render
            print(flask.render_template_string("tea"))
    """
    assert run(source, tmp_path) == "timed: tea\ntea"

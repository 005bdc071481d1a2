"""``samovar run`` and ``app.run()``, as processes of their own."""

from __future__ import annotations

import os
import re
import signal
import socket
import ssl
from pathlib import Path

import pytest

from tests.cli.commands import PATIENCE, command, serving

RUN = ("-m", "samovar", "run")
ANY_PORT = ("--port", "0")

HELLO = """
from samovar import App
app = App(__name__)

@app.route("/")
def hello():
    return "hello from " + __name__
"""

FACTORY = """
from samovar import App

def create_app(greeting="factory"):
    app = App(__name__)
    app.add_url_rule("/", view_func=lambda: greeting)
    return app
"""

WSGI = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"plain WSGI at ", environ["PATH_INFO"].encode()]
"""

FLASK = """
from flask import Flask, jsonify
app = Flask(__name__)

@app.route("/")
def hello():
    return jsonify(module=Flask.__module__, base=Flask.__mro__[1].__module__)
"""

RUNS_ITSELF = """
from samovar import App
app = App(__name__)

@app.route("/")
def hello():
    return "hello from " + __name__

if __name__ == "__main__":
    app.run(host="127.0.0.1", port=0)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hello.py").write_text(HELLO)
    (tmp_path / "shop.py").write_text(FACTORY)
    (tmp_path / "plain.py").write_text(WSGI)
    (tmp_path / "flasky.py").write_text(FLASK)
    (tmp_path / "itself.py").write_text(RUNS_ITSELF)
    site = tmp_path / "site"
    site.mkdir()
    (site / "app.py").write_text(HELLO)
    return tmp_path


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        (["hello.py"], "hello from hello"),
        (["hello"], "hello from hello"),
        (["hello:app"], "hello from hello"),
        (["--app", "hello"], "hello from hello"),
        (["site"], "hello from app"),
        (["shop"], "factory"),
        (["shop:create_app('an argument')"], "an argument"),
        (["plain.py"], "plain WSGI at /"),
        (["plain:application"], "plain WSGI at /"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_target_is_served(folder: Path, target: list[str], answer: str) -> None:
    with serving(*RUN, *target, *ANY_PORT, cwd=folder) as server:
        assert server.ask("/").text == answer


def test_banner_is_one_line_with_a_link(folder: Path) -> None:
    with serving(*RUN, "hello.py", *ANY_PORT, cwd=folder) as server:
        server.ask("/")
        assert re.search(r"hello at http://127\.0\.0\.1:\d+ ", server.lines[0])
        assert "warning" not in server.output.lower()


def test_access_log_is_the_familiar_line(folder: Path) -> None:
    with serving(*RUN, "hello.py", *ANY_PORT, cwd=folder) as server:
        server.ask("/")
        server.wait_for_output('] "GET / HTTP/1.1" 200 -')


def test_access_log_can_be_switched_off(folder: Path) -> None:
    with serving(*RUN, "hello.py", *ANY_PORT, "--access-log", "off", cwd=folder) as server:
        server.ask("/")
        server.send(signal.SIGTERM)
        assert "GET" not in server.output


def test_several_workers_serve(folder: Path) -> None:
    with serving(*RUN, "hello.py", *ANY_PORT, "--workers", "2", cwd=folder) as server:
        assert server.ask("/").text == "hello from hello"
        assert server.send(signal.SIGTERM) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_it_without_a_traceback(folder: Path, number: signal.Signals) -> None:
    with serving(*RUN, "hello.py", *ANY_PORT, cwd=folder) as server:
        assert server.send(number) == 0
        assert "Traceback" not in server.output


def test_taken_port_is_told_with_the_command_to_type(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with command(*RUN, "hello.py", "-p", str(port), cwd=folder) as failed:
            assert failed.exit_code() == 1
            assert f"Port {port} is taken" in failed.output
            assert str(os.getpid()) in failed.output
            assert re.search(r"samovar run hello\.py --port \d+", failed.output)
            assert "Traceback" not in failed.output


def test_missing_file_is_told(folder: Path) -> None:
    with command(*RUN, "helo.py", *ANY_PORT, cwd=folder) as failed:
        assert failed.exit_code() == 1
        assert "There is no file 'helo.py'" in failed.output
        assert "'hello.py'" in failed.output
        assert "Traceback" not in failed.output


def test_failing_program_shows_its_own_lines_only(folder: Path) -> None:
    (folder / "broken.py").write_text("import json\n\njson.loads('{')\n")
    with command(*RUN, "broken.py", *ANY_PORT, cwd=folder) as failed:
        assert failed.exit_code() == 1
        assert 'broken.py", line 3' in failed.output
        assert failed.output.count("File ") == 1


def test_program_that_exits_while_loading_ends_the_command(folder: Path) -> None:
    (folder / "exits.py").write_text("raise SystemExit('no licence')\n")
    with command(*RUN, "exits.py", *ANY_PORT, cwd=folder) as failed:
        assert failed.exit_code() == 1
        assert "no licence" in failed.output
        assert "Traceback" not in failed.output


@pytest.mark.parametrize("value", ["70000", "-1", "http"])
def test_port_that_is_none_is_refused(folder: Path, value: str) -> None:
    with command(*RUN, "hello.py", "--port", value, cwd=folder) as failed:
        assert failed.exit_code() == 2
        assert value in failed.output


def test_flask_program_runs_on_samovar_with_the_flag(folder: Path) -> None:
    with serving(*RUN, "--as-flask", "flasky.py", *ANY_PORT, cwd=folder) as server:
        assert server.ask("/").text == '{"base":"samovar.app","module":"flask.app"}\n'
        assert "not installed" not in server.output


def test_flask_program_without_flask_says_who_carries_it(folder: Path) -> None:
    hidden = folder / "hidden"
    hidden.mkdir()
    # Whether Flask is installed here or not, it is not in that process.
    (hidden / "sitecustomize.py").write_text(
        "import sys, importlib.machinery as m\n"
        "find = m.PathFinder.find_spec\n"
        "m.PathFinder.find_spec = staticmethod(\n"
        "    lambda name, *rest: None if name == 'flask' else find(name, *rest))\n"
    )
    with serving(*RUN, "flasky.py", *ANY_PORT, cwd=folder, PYTHONPATH=str(hidden)) as server:
        assert '"base":"samovar.app"' in server.ask("/").text
        assert server.output.count("Flask is not installed") == 1


def test_program_that_does_not_ask_for_flask_hears_nothing_of_it(folder: Path) -> None:
    with serving(*RUN, "hello.py", *ANY_PORT, cwd=folder) as server:
        server.ask("/")
        assert "lask" not in server.output


def test_program_runs_itself(folder: Path) -> None:
    with serving("itself.py", cwd=folder) as server:
        assert server.ask("/").text == "hello from __main__"
        assert server.send(signal.SIGINT) == 0
        assert "Traceback" not in server.output


def test_command_leaves_out_a_call_of_run(folder: Path) -> None:
    unguarded = RUNS_ITSELF.replace('if __name__ == "__main__":', "if True:")
    (folder / "itself.py").write_text(unguarded)
    with serving(*RUN, "itself.py", *ANY_PORT, cwd=folder) as server:
        assert server.ask("/").text == "hello from itself"
        assert "app.run() was left out" in server.output


def test_empty_host_means_all_interfaces(folder: Path) -> None:
    source = RUNS_ITSELF.replace('host="127.0.0.1"', 'host=""')
    (folder / "itself.py").write_text(source)
    with serving("itself.py", cwd=folder) as server:
        socket.create_connection(("127.0.0.2", server.port), timeout=10).close()


def test_taken_port_of_a_program_is_told_with_what_to_write(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (folder / "itself.py").write_text(RUNS_ITSELF.replace("port=0", f"port={port}"))
        with command("itself.py", cwd=folder) as failed:
            assert failed.exit_code() == 1
            assert re.search(r"app\.run\(port=\d+\)", failed.output)
            assert "Traceback" not in failed.output


@pytest.mark.parametrize("options", [(), ("--reload",)], ids=["plain", "reloading"])
def test_unix_socket_is_bound_and_removed(folder: Path, options: tuple[str, ...]) -> None:
    path = folder / "shop.sock"
    places = ("--bind", "127.0.0.1:0", "--bind", f"unix:{path}")
    with serving(*RUN, "hello.py", *places, *options, cwd=folder) as running:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
        assert running.ask("/").text == "hello from hello"
        assert f"unix:{path}" in running.output
    assert not path.exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--bind", "8000"), "write for instance 127.0.0.1:8000"),
        (("--bind", ":8000", "--port", "1"), "leave --port out"),
        (("--bind", "unix:x", "--unix-mode", "999"), "three octal digits"),
    ],
)
def test_place_that_cannot_be_meant_is_told(
    folder: Path, options: tuple[str, ...], said: str
) -> None:
    with command(*RUN, "hello.py", *options, cwd=folder) as refused:
        assert refused.exit_code() == 2
        assert said in " ".join(refused.output.split())


def test_made_up_certificate_serves_https(folder: Path) -> None:
    options = ("--bind", "127.0.0.1:0", "--cert", "adhoc")
    with command(*RUN, "hello.py", *options, cwd=folder) as running:
        link = running.wait_for(re.compile(r"at https://127\.0\.0\.1:(\d+)"), PATIENCE)
        with socket.create_connection(("127.0.0.1", int(link[1]))) as plain:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with context.wrap_socket(plain) as client:
                client.sendall(b"GET / HTTP/1.0\r\n\r\n")
                assert client.recv(1000).startswith(b"HTTP/1.1 200")


def test_certificate_that_is_not_there_is_told_in_a_line(folder: Path) -> None:
    with command(*RUN, "hello.py", *ANY_PORT, "--cert", "none.pem", cwd=folder) as refused:
        assert refused.exit_code() == 1
        assert "Cannot read 'none.pem'" in refused.output
        assert "Traceback" not in refused.output

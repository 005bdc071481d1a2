"""``samovar serve``, as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
from pathlib import Path

import pytest

from tests.cli.commands import command, serving

SERVE = ("-m", "samovar", "serve")
ANY_PORT = ("--port", "0")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "page.html").write_text("<h1>Page</h1>")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "out.txt").symlink_to("../secret.txt")
    return folder


def test_folder_is_served_and_named(folder: Path) -> None:
    with serving(*SERVE, "site", *ANY_PORT, cwd=folder.parent) as server:
        assert re.search(r"Samovar serves site at http://127\.0\.0\.1:\d+ ", server.output)
        assert server.ask("/page.html").text == "<h1>Page</h1>"
        assert "page.html" in server.ask("/").text
        assert server.ask("/out.txt").status == 404
        server.wait_for_output("GET /out.txt")


def test_current_folder_is_served_when_none_is_named(folder: Path) -> None:
    with serving(*SERVE, *ANY_PORT, "--access-log", "off", cwd=folder) as server:
        assert server.ask("/page.html").status == 200
        assert server.send(signal.SIGINT) == 0
    assert "GET" not in server.output


@pytest.mark.parametrize("option", ["--host", "--bind", "-b", "-h"])
def test_interface_can_be_said_as_to_pythons_own_server(folder: Path, option: str) -> None:
    with serving(*SERVE, option, "127.0.0.1", "-p", "0", cwd=folder) as server:
        assert server.ask("/page.html").status == 200


def test_links_lead_out_when_asked_for(folder: Path) -> None:
    with serving(*SERVE, *ANY_PORT, "--follow-symlinks", cwd=folder) as server:
        assert server.ask("/out.txt").text == "secret"


def test_pages_reload_when_asked_for(folder: Path) -> None:
    with serving(*SERVE, *ANY_PORT, "--live", cwd=folder) as server:
        server.wait_for_output("Pages reload when a file changes")
        before = server.ask("/page.html").text
        assert before.startswith("<h1>Page</h1><script src=")
        (folder / "page.html").write_text("<h1>Page</h1>!")
        server.wait_for_answer("!<script", "/page.html")
        assert server.send(signal.SIGTERM) == 0


def test_taken_port_is_told_with_the_command_to_type_instead(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with command(*SERVE, ".", "--port", str(port), cwd=folder) as server:
            assert server.exit_code() == 1
    assert str(port) in server.output
    assert re.search(r"samovar serve \. --port \d+", server.output)


def test_program_is_told_how_to_be_run(folder: Path) -> None:
    (folder / "app.py").write_text("app = None")
    with command(*SERVE, "app.py", cwd=folder) as server:
        assert server.exit_code() == 2
    assert "samovar run app.py" in server.output


def test_missing_folder_is_told(tmp_path: Path) -> None:
    with command(*SERVE, "nowhere", cwd=tmp_path) as server:
        assert server.exit_code() == 2
    assert "nowhere" in server.output


def test_help_names_the_port_of_pythons_own_server(tmp_path: Path) -> None:
    with command(*SERVE, "--help", cwd=tmp_path, COLUMNS="100", **os.environ) as server:
        assert server.exit_code() == 0
    assert "8000" in server.output

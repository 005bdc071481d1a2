"""Reloading: what runs again, what does not, and that nothing is left behind."""

from __future__ import annotations

import http.client
import os
import signal
import threading
from pathlib import Path

import pytest

from tests.cli.commands import command, is_alive, serving, until

PROGRAM = """
import os
from samovar import App
import parts

with open("starts", "a") as starts:
    starts.write("started\\n")

app = App(__name__)

@app.route("/")
def hello():
    return "version 1" + parts.SUFFIX

@app.route("/pid")
def pid():
    return str(os.getpid())

if __name__ == "__main__":
    app.run(port=0, debug=True)
"""

WITH_THREAD = PROGRAM.replace(
    "import parts",
    "import parts, threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()",
)

COMMAND = ("-m", "samovar", "run", "program.py", "--port", "0", "--debug")
ITSELF = ("program.py",)
ways_to_run = pytest.mark.parametrize("words", [COMMAND, ITSELF], ids=["command", "itself"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "parts.py").write_text("SUFFIX = '.'\n")
    return tmp_path


def starts(folder: Path) -> int:
    return (folder / "starts").read_text().count("started")


def edit(path: Path, old: str, new: str) -> None:
    """Change a file as an editor does: a new one takes its place."""
    other = path.with_suffix(".new")
    other.write_text(path.read_text().replace(old, new))
    other.replace(path)


@ways_to_run
def test_start_up_code_runs_once(folder: Path, words: tuple[str, ...]) -> None:
    with serving(*words, cwd=folder) as server:
        server.wait_for_answer("version 1.")
        assert starts(folder) == 1
        assert int(server.ask("/pid").text) != server.process.pid


@ways_to_run
def test_change_of_the_program_and_of_its_modules_reloads(
    folder: Path, words: tuple[str, ...]
) -> None:
    with serving(*words, cwd=folder) as server:
        server.wait_for_answer("version 1.")
        edit(folder / "program.py", "version 1", "version 2")
        server.wait_for_answer("version 2.")
        edit(folder / "parts.py", "'.'", "'!'")
        server.wait_for_answer("version 2!")
        assert starts(folder) == 3
        assert server.output.count("http://") == 1


@ways_to_run
def test_reload_fails_no_request(folder: Path, words: tuple[str, ...]) -> None:
    with serving(*words, cwd=folder) as server:
        server.wait_for_answer("version 1.")
        is_over = threading.Event()
        failed: list[Exception] = []

        def keep_asking() -> None:
            while not is_over.is_set():
                try:
                    server.ask("/")
                except (OSError, http.client.HTTPException) as error:
                    failed.append(error)

        asking = threading.Thread(target=keep_asking)
        asking.start()
        edit(folder / "program.py", "version 1", "version 2")
        server.wait_for_answer("version 2.")
        is_over.set()
        asking.join()
        assert failed == []


def test_syntax_error_is_shown_and_heals(folder: Path) -> None:
    with serving(*COMMAND, cwd=folder) as server:
        server.wait_for_answer("version 1.")
        edit(folder / "program.py", "def hello():", "def hello(:")
        answer = server.wait_for_answer("SyntaxError")
        assert answer.status == 500
        assert "program.py" in answer.text
        assert 'program.py", line' in server.output
        edit(folder / "program.py", "def hello(:", "def hello():")
        server.wait_for_answer("version 1.")


def test_error_in_a_program_that_runs_itself_heals(folder: Path) -> None:
    with serving(*ITSELF, cwd=folder) as server:
        server.wait_for_answer("version 1.")
        edit(folder / "parts.py", "SUFFIX", "import no_such_module; SUFFIX")
        server.wait_for_output("No module named 'no_such_module'")
        edit(folder / "parts.py", "import no_such_module; SUFFIX = '.'", "SUFFIX = '!'")
        server.wait_for_answer("version 1!")


def test_program_that_fails_at_first_heals(folder: Path) -> None:
    (folder / "parts.py").write_text("SUFFIX = missing\n")
    with serving(*COMMAND, cwd=folder) as server:
        assert server.wait_for_answer("NameError").status == 500
        edit(folder / "parts.py", "missing", "'.'")
        server.wait_for_answer("version 1.")


@ways_to_run
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_watcher_and_program(
    folder: Path, words: tuple[str, ...], number: signal.Signals
) -> None:
    with serving(*words, cwd=folder) as server:
        server.wait_for_answer("version 1.")
        program = int(server.ask("/pid").text)
        assert server.send(number) == 0
        assert not is_alive(program)
        assert "Traceback" not in server.output


@ways_to_run
def test_interrupt_at_the_terminal_ends_both(folder: Path, words: tuple[str, ...]) -> None:
    """Ctrl-C reaches every process in the foreground."""
    with serving(*words, cwd=folder) as server:
        server.wait_for_answer("version 1.")
        os.killpg(server.process.pid, signal.SIGINT)
        assert server.exit_code() == 0
        assert "Traceback" not in server.output


@ways_to_run
def test_program_does_not_outlive_the_watcher(folder: Path, words: tuple[str, ...]) -> None:
    with serving(*words, cwd=folder) as server:
        server.wait_for_answer("version 1.")
        program = int(server.ask("/pid").text)
        server.process.kill()
        until(lambda: not is_alive(program), lambda: "the program lives on")


def test_later_generation_does_not_outlive_the_watcher(folder: Path) -> None:
    with serving(*ITSELF, cwd=folder) as server:
        edit(folder / "program.py", "version 1", "version 2")
        server.wait_for_answer("version 2.")
        program = int(server.ask("/pid").text)
        server.process.kill()
        until(lambda: not is_alive(program), lambda: "the program lives on")


def test_program_with_threads_reloads(folder: Path) -> None:
    (folder / "program.py").write_text(WITH_THREAD)
    with serving(*ITSELF, cwd=folder) as server:
        server.wait_for_answer("version 1.")
        edit(folder / "program.py", "version 1", "version 2")
        server.wait_for_answer("version 2.")


def test_command_line_of_the_program_stays(folder: Path) -> None:
    edit(folder / "program.py", '"version 1"', "'args: ' + ' '.join(__import__('sys').argv)")
    with serving(*ITSELF, "one", "--two", cwd=folder) as server:
        server.wait_for_answer("args: program.py one --two")
        edit(folder / "program.py", "args: ", "again: ")
        server.wait_for_answer("again: program.py one --two")


def test_alias_stays_after_a_reload(folder: Path) -> None:
    edit(folder / "program.py", "from samovar import App", "from flask import Flask as App")
    edit(folder / "program.py", '"version 1"', '"v1 " + App.__mro__[1].__module__')
    with serving("-m", "samovar.as_flask", "program.py", cwd=folder) as server:
        server.wait_for_answer("v1 samovar.app.")
        edit(folder / "program.py", "v1", "v2")
        server.wait_for_answer("v2 samovar.app.")


def test_missing_target_ends_the_watcher_too(folder: Path) -> None:
    words = ("-m", "samovar", "run", "missing.py", "--port", "0", "--debug")
    with command(*words, cwd=folder) as failed:
        assert failed.exit_code() == 1
        assert "There is no file 'missing.py'" in failed.output


def test_program_that_ends_itself_ends_the_command(folder: Path) -> None:
    with serving(*ITSELF, cwd=folder) as server:
        server.wait_for_answer("version 1.")
        os.kill(int(server.ask("/pid").text), signal.SIGTERM)
        assert server.exit_code() == 0


def test_program_that_crashed_starts_again_with_the_next_change(folder: Path) -> None:
    with serving(*COMMAND, cwd=folder) as server:
        server.wait_for_answer("version 1.")
        os.kill(int(server.ask("/pid").text), signal.SIGKILL)
        server.wait_for_output("waiting for a change")
        edit(folder / "program.py", "version 1", "version 2")
        server.wait_for_answer("version 2.")

"""Extensions, in an environment of their own, and programs that use them.

Flask is installed there as well, since most extensions depend on it. Each program runs twice:
once with the alias, carried by Samovar, and once with that Flask on its own server, which proves
that what a test demands is what Flask does.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.extensions.visitor import Visitor
from tests.support.environments import environment
from tests.support.programs import ROOT, started

HERE = ROOT / "tests" / "extensions"

PATIENCE = 60
"""Seconds that a test may take, without the time to install the extensions for the first one."""

Start = Callable[..., Visitor]


class Side:
    """One of the two ways to run a program.

    Args:
        python: The Python of the extensions' environment.
        alias: Whether ``flask`` means Samovar.
    """

    def __init__(self, python: Path, alias: bool) -> None:
        self.python = python
        self.alias = alias

    def python_command(self, *words: str | Path) -> list[str | Path]:
        """Return what runs a script or ``-m module``."""
        return [self.python, *(("-m", "samovar.as_flask") if self.alias else ()), *words]

    def run(self, *words: str | Path, **environ: str) -> str:
        """Run a command to its end and return what it printed.

        Raises:
            AssertionError: It failed; the message shows its output.
        """
        done = subprocess.run(
            self.python_command(*words),
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=50,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give whichever test comes first the time to install the extensions."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(PATIENCE, func_only=True))


@pytest.fixture(scope="session")
def extensions_python() -> Path:
    """Return the Python of an environment that has all the extensions."""
    lines = (HERE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return environment("extensions", [line for line in lines if not line.startswith("#")])


@pytest.fixture(params=["samovar", "flask"])
def side(request: pytest.FixtureRequest, extensions_python: Path) -> Side:
    """Return either way to run a program."""
    return Side(extensions_python, request.param == "samovar")


@pytest.fixture
def start(side: Side) -> Iterator[Start]:
    """Return a function that serves a program and returns a visitor of it.

    It takes the program's name and what its environment has beside ours; the programs stop at
    the end of the test.
    """
    with ExitStack() as stack:

        def start_program(name: str, **environ: str) -> Visitor:
            command = side.python_command(HERE / "programs" / f"{name}.py")
            program = stack.enter_context(started(command, environ=environ))
            carried_by_us = "Samovar serves" in program.output
            assert carried_by_us is side.alias, program.output
            return Visitor(program)

        yield start_program


@pytest.fixture
def client(extensions_python: Path) -> Callable[..., str]:
    """Return a function that runs a client program to its end and returns what it printed."""

    def run_client(name: str, *arguments: str) -> str:
        return Side(extensions_python, alias=False).run(HERE / "clients" / f"{name}.py", *arguments)

    return run_client


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Path]:
    """Run a Redis server that keeps nothing, and return the path of its Unix socket."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.fail("There is no redis-server. Install it: scripts/need redis-server")
    path = tmp_path / "redis.sock"
    command = [server, "--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = []
            for line in process.stdout:
                said.append(line)
                if "ready to accept connections" in line.lower():
                    break
            else:
                pytest.fail(f"The Redis server did not start:\n{''.join(said)}")
            yield path
        finally:
            process.terminate()

"""Runs Flask's own test suite against Samovar.

    python tests/conformance/flask/suite.py [PYTEST ARGUMENTS]...

The source distribution of Flask is fetched from the package index, checked against a pinned hash
and kept under ``.cache/``. Its tests are unpacked to a temporary folder and run with
``python -m samovar.as_flask -m pytest``. What comes out is compared with the failures that
``expected_failures.toml`` lists: any other failure, any test that was skipped, and any listed one
that passes is a finding, and the exit code is 1.

With arguments, they are passed to pytest (for instance ``-k sessions -x --tb=short``), its output
is shown, and nothing is compared.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent.parent
CACHE = ROOT / ".cache" / "conformance"

VERSION = "3.1.3"
SHA256 = "0ef0e52b8a9cd932855379197dd8f94047b359ca0a78695144304cb45f87c9eb"

TOOLS = ("pytest==9.0.2", "asgiref==3.11.0", "greenlet==3.3.1", "python-dotenv==1.2.1")
"""What the suite needs, at the versions that this release of Flask was tested with: its tests
import private names of pytest's, and skip what the others are missing for."""

PARTS = ("tests", "pyproject.toml", "examples")
"""What of the distribution is unpacked: not the framework itself."""

Outcomes = dict[str, str]
"""Test ids, and "passed", "failed", "error" or "skipped"."""


def fetch() -> Path:
    """Return the source distribution, fetched by pip if it is not in the cache."""
    archive = CACHE / f"flask-{VERSION}.tar.gz"
    if archive.exists():
        return archive
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.txt"
        requirements.write_text(f"flask=={VERSION} --hash=sha256:{SHA256}\n", encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        wanted = ["--no-binary", "flask", "--dest", folder, "--requirement", str(requirements)]
        subprocess.run([*pip, *wanted], check=True)
        shutil.move(next(Path(folder).glob("*.tar.gz")), archive)
    return archive


def install_tools() -> Path:
    """Return a folder that holds :data:`TOOLS`, installed by pip if it is not in the cache."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folder = CACHE / "-".join([version, *(tool.replace("==", "-") for tool in TOOLS)])
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as unfinished:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
            subprocess.run([*pip, "--target", unfinished, *TOOLS], check=True)
            shutil.copytree(unfinished, folder)
    return folder


def unpack(archive: Path, folder: Path, parts: tuple[str, ...] = PARTS) -> Path:
    """Unpack parts of the distribution and return the folder that holds them."""
    top = f"flask-{VERSION}"
    wanted = tuple(f"{top}/{part}" for part in parts)
    with tarfile.open(archive) as tar:
        members = [member for member in tar.getmembers() if member.name.startswith(wanted)]
        # Python 3.11.2, which Debian 12 has, knows no filters; the archive's hash is checked.
        tar.extraction_filter = getattr(tarfile, "data_filter", None)
        tar.extractall(folder, members)
    return folder / top


def run(arguments: list[str], *, show: bool) -> Outcomes:
    """Run the suite.

    Args:
        arguments: Passed on to pytest.
        show: Whether pytest's own output goes to the terminal.

    Returns:
        What came of each test.

    Raises:
        RuntimeError: Pytest could not run; the message carries its output.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        results = folder / "outcomes.json"
        environ = {name: value for name, value in os.environ.items() if "FLASK" not in name}
        environ |= {
            "PYTHONPATH": os.pathsep.join([str(install_tools()), str(HERE)]),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "SAMOVAR_OUTCOMES": str(results),
        }
        source = unpack(fetch(), folder)
        pytest = [sys.executable, "-m", "samovar.as_flask", "-m", "pytest"]
        done = subprocess.run(
            [*pytest, "-p", "outcomes", "-p", "no:cacheprovider", "-q", *arguments],
            cwd=source,
            env=environ,
            stdout=None if show else subprocess.PIPE,
            stderr=None if show else subprocess.STDOUT,
            text=True,
            check=False,
        )
        if not results.exists():
            raise RuntimeError(f"pytest did not run:\n{done.stdout}")
        outcomes: Outcomes = json.loads(results.read_text(encoding="utf-8"))
    return outcomes


def check_types() -> str:
    """Check Flask's typing tests with mypy against the alias.

    Returns:
        What mypy found, or nothing.
    """
    with tempfile.TemporaryDirectory() as temporary:
        source = unpack(fetch(), Path(temporary))
        alias = ROOT / "src" / "samovar" / "as_flask" / "alias"
        options = ["--strict", "--explicit-package-bases", "--follow-imports=silent"]
        done = subprocess.run(
            [sys.executable, "-m", "mypy", *options, "--cache-dir", str(CACHE / "mypy"), "."],
            cwd=source / "tests" / "type_check",
            env=os.environ | {"MYPYPATH": os.pathsep.join([str(alias), str(ROOT / "src")])},
            capture_output=True,
            text=True,
            check=False,
        )
    return done.stdout + done.stderr if done.returncode else ""


def expected_failures() -> dict[str, str]:
    """Return the listed failures: test ids and reasons."""
    listed: dict[str, str] = tomllib.loads((HERE / "expected_failures.toml").read_text("utf-8"))
    return listed


def findings(outcomes: Outcomes) -> list[str]:
    """Return what differs from the list, one line each."""
    listed = expected_failures()
    lines = [f"{outcome}: {test}" for test, outcome in outcomes.items() if outcome != "passed"]
    unexpected = [line for line in lines if line.partition(": ")[2] not in listed]
    mended = [f"passes, though listed: {test}" for test in listed if outcomes.get(test) == "passed"]
    missing = [f"listed, but not run: {test}" for test in listed if test not in outcomes]
    return unexpected + mended + missing


def main() -> int:
    """Run the suite as the command line says and return the exit code."""
    arguments = sys.argv[1:]
    outcomes = run(arguments, show=bool(arguments))
    passed = sum(outcome == "passed" for outcome in outcomes.values())
    found = [] if arguments else findings(outcomes)
    sys.stdout.write("".join(f"{line}\n" for line in found))
    sys.stdout.write(f"{passed} of {len(outcomes)} tests of Flask {VERSION} pass on Samovar.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""The shape of the package: which module may import which, and how large things may grow.

The floors are the table of ``docs/architecture.md``. Every import counts, wherever it stands: in
a function, and under ``if TYPE_CHECKING``, too.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "samovar"

# From the ground up. "x.*" is the package x with all that is in it; "(root)" is samovar itself.
# A module imports from lower floors and, without going in circles, from its own.
FLOORS = {
    "waist": "exchange",
    "server": "server.*",
    "leaves": """typing signals config packages ambient awaiting event_loops files.*
        json.provider json.encoder json.tag""",
    "messages": "incoming request response sessions.*",
    "contexts": "frames app_context request_context context",
    "rooms": """logging errors json helpers fingerprints file_response static templating
        template_environment views routing.* folder.*""",
    "registration": "scaffold loading commands blueprints",
    "application": """promises core async_content making urls cycle replying testing app
        current plan handler""",
    "tools": "cli.* debug.* as_flask.* __main__",
    "root": "(root)",
}
LEVELS = {name: level for level, name in enumerate(FLOORS)}
FRAMEWORK = ("leaves", "messages", "contexts", "rooms", "registration", "application")

LONGEST_FUNCTION = 60  # lines: a function fits on a screen
LONGEST_FILE = 700  # lines: a file is about one thing


def module_name(path: Path) -> str:
    """Return the dotted name below samovar, "(root)" for samovar itself."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__") or "(root)"


MODULES = {module_name(path): path for path in sorted(SOURCE.rglob("*.py"))}
PYTHON_FILES = sorted(MODULES.values()) + sorted((ROOT / "tests").rglob("*.py"))


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def floor_of(module: str) -> str | None:
    """Return the floor that names the module, or else the closest package around it."""
    patterns = {pattern: floor for floor, names in FLOORS.items() for pattern in names.split()}
    if module in patterns:
        return patterns[module]
    package = module
    while package:
        if f"{package}.*" in patterns:
            return patterns[f"{package}.*"]
        package = package.rpartition(".")[0]
    return None


def imported_by(path: Path) -> set[str]:
    """Return the modules of ours that a file imports anywhere in it."""
    found = set()
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            for alias in node.names:
                deeper = f"{source}.{alias.name}"
                found.add(deeper if deeper.removeprefix("samovar.") in MODULES else source)
    ours = {name for name in found if name == "samovar" or name.startswith("samovar.")}
    return {"(root)" if name == "samovar" else name.removeprefix("samovar.") for name in ours}


GRAPH = {module: imported_by(path) for module, path in MODULES.items()}


def test_every_module_has_a_floor() -> None:
    assert [module for module in MODULES if floor_of(module) is None] == []


def test_imports_point_downwards() -> None:
    wrong = []
    for module, targets in GRAPH.items():
        for target in sorted(targets):
            here, there = floor_of(module), floor_of(target)
            assert here is not None, f"{module} stands on no floor"
            assert there is not None, f"{module} imports {target}, which stands on no floor"
            if LEVELS[there] > LEVELS[here]:
                wrong.append(f"{module} ({here}) imports {target} ({there})")
    assert wrong == []


def test_imports_go_in_no_circle() -> None:
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        pytest.fail("a circle of imports: " + " <- ".join(error.args[1]))


def test_exchange_imports_nothing_of_ours() -> None:
    assert GRAPH["exchange"] == set()


def test_server_and_framework_do_not_know_each_other() -> None:
    wrong = []
    for module, targets in GRAPH.items():
        for target in sorted(targets):
            pair = {floor_of(module), floor_of(target)}
            if "server" in pair and pair & set(FRAMEWORK):
                wrong.append(f"{module} imports {target}")
    assert wrong == []


def test_imports_are_absolute() -> None:
    wrong = [
        f"{shown(path)}:{node.lineno}"
        for path in MODULES.values()
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert wrong == []


# Runs in a fresh interpreter. An empty package stands in for samovar, so that a module gets what
# it imports itself and nothing else; what was loaded is thrown away before the next module.
IMPORT_ALONE = """
import importlib, sys, traceback, types, warnings

warnings.simplefilter("error")
folder, *modules = sys.argv[1:]
failed = False
for module in modules:
    for name in [name for name in sys.modules if name.partition(".")[0] == "samovar"]:
        del sys.modules[name]
    root = sys.modules["samovar"] = types.ModuleType("samovar")
    root.__path__ = [folder]
    try:
        importlib.import_module("samovar." + module)
    except Exception:
        failed = True
        print(f"--- samovar.{module}")
        traceback.print_exc(file=sys.stdout)
    loaded = {name.split(".")[1] for name in sys.modules if name.startswith("samovar.")}
    if module.split(".")[0] == "server" and loaded - {"server", "exchange"}:
        failed = True
        print(f"--- samovar.{module} brought in {sorted(loaded)}")
sys.exit(failed)
"""


def test_each_module_can_be_imported_alone() -> None:
    modules = [
        module for module in MODULES if module.rpartition(".")[2] not in ("__main__", "(root)")
    ]
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALONE, str(SOURCE), *modules],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_functions_fit_on_a_screen() -> None:
    long = []
    for path in PYTHON_FILES:
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append(f"{shown(path)}:{node.lineno} {node.name}: {lines} lines")
    assert long == []


def test_files_are_about_one_thing() -> None:
    sizes = {
        shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PYTHON_FILES
    }
    assert {name: size for name, size in sizes.items() if size > LONGEST_FILE} == {}


def test_nothing_is_left_for_later() -> None:
    note = re.compile(r"\b(TO[D]O|FIX[M]E|HA[C]K|X[X]X)\b")
    left = [
        f"{shown(path)}:{number}"
        for path in PYTHON_FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if note.search(line)
    ]
    assert left == []


def architecture_page() -> str:
    return (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_architecture_page_shows_the_same_floors() -> None:
    rows = re.findall(r"^\| (\w+) \| ((?:`[^`]+` ?)+)\|", architecture_page(), re.MULTILINE)
    # The page draws the building with its roof on top.
    floors = {name: cell.replace("`", "").split() for name, cell in reversed(rows)}
    assert floors == {name: names.split() for name, names in FLOORS.items()}
    assert list(floors) == list(FLOORS)


def defined_in(path: Path) -> set[str]:
    """Return the qualified names of all functions, methods and classes of a file."""
    names = set()

    def visit(node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(prefix + child.name)
                visit(child, f"{prefix}{child.name}.")
            else:
                visit(child, prefix)

    visit(parse(path), "")
    return names


def test_life_of_a_request_names_functions_that_exist() -> None:
    life = architecture_page().partition("## The life of a request")[2].partition("\n## ")[0]
    steps = re.findall(r"^\d+\. .*(?:\n {3}.*)*", life, re.MULTILINE)
    place = re.compile(r"`([\w/]+\.py)`\s`([\w.]+)\(\)`")
    assert len(steps) >= 5
    assert [step for step in steps if not place.search(step)] == []
    wrong = []
    for file, function in place.findall(life):
        path = SOURCE / file
        if not path.is_file() or function not in defined_in(path):
            wrong.append(f"{file} {function}()")
    assert wrong == []

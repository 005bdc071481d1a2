"""Where packages are installed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from samovar.packages import find_package


@pytest.mark.parametrize(
    ("folders", "prefix"),
    [
        (("env", "lib", "python3.11", "site-packages"), "env"),
        (("env", "Lib", "site-packages"), "env"),
        (("env", "site-packages"), "env"),
        (("project",), None),
    ],
)
@pytest.mark.parametrize("kind", ["module", "package", "namespace"])
def test_package_is_found_where_it_is_installed(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    folders: tuple[str, ...],
    prefix: str | None,
    kind: str,
) -> None:
    folder = tmp_path.joinpath(*folders)
    folder.mkdir(parents=True)
    name = f"found_{kind}_{len(folders)}"
    if kind == "module":
        (folder / f"{name}.py").write_text("")
    else:
        (folder / name).mkdir()
        (folder / name / ("__init__.py" if kind == "package" else "inner.py")).write_text("")
    monkeypatch.syspath_prepend(folder)
    imported = f"{name}.inner" if kind == "namespace" else name
    expected = None if prefix is None else str(tmp_path / prefix)
    assert find_package(imported) == (expected, str(folder))


def test_package_of_the_system_has_the_systems_prefix() -> None:
    prefix, folder = find_package("pytest")
    assert prefix == os.path.abspath(sys.prefix)
    assert str(pytest.__file__).startswith(folder)


def test_unknown_module_is_in_the_current_folder() -> None:
    assert find_package("nobody_wrote_this_module") == (None, os.getcwd())

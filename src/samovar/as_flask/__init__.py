"""``import flask`` means Samovar: existing Flask programs and extensions run unmodified.

:func:`install` puts modules of Flask's names, which lie in the folder ``alias`` beside this file,
into :data:`sys.modules`. It must be called before the program starts; an import hook alone would
come too late where somebody else has a hook as well. Nothing outside this folder depends on it.

From the command line: ``samovar run --as-flask``, ``python -m samovar.as_flask SCRIPT`` and
``python -m samovar.as_flask -m MODULE``.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from samovar.as_flask.distribution import announce_version

_PACKAGE = Path(__file__).parent / "alias" / "flask"

SUBMODULES = (
    "app",
    "blueprints",
    "cli",
    "config",
    "ctx",
    "debughelpers",
    "globals",
    "helpers",
    "json",
    "json.provider",
    "json.tag",
    "logging",
    "sansio",
    "sansio.app",
    "sansio.blueprints",
    "sansio.scaffold",
    "sessions",
    "signals",
    "templating",
    "testing",
    "typing",
    "views",
    "wrappers",
)
"""Every public submodule of Flask 3.1."""


def install() -> None:
    """Make ``flask`` and its submodules resolve to Samovar in this process.

    An installed Flask is not touched on disk; what was imported of it before is dropped from
    :data:`sys.modules`. Calling it twice is harmless.
    """
    if is_installed():
        return
    for name in [name for name in sys.modules if name.partition(".")[0] == "flask"]:
        del sys.modules[name]
    spec = find_alias()
    package = importlib.util.module_from_spec(spec)
    sys.modules["flask"] = package
    assert spec.loader is not None, "the spec was made of a file"
    spec.loader.exec_module(package)
    for name in SUBMODULES:
        importlib.import_module(f"flask.{name}")


def install_on_demand() -> None:
    """Make ``import flask`` mean Samovar, and say so when it happens.

    For processes where Flask is not installed: a program that does not import it hears nothing.
    """
    sys.meta_path.append(_AliasFinder())


class _AliasFinder(MetaPathFinder):
    """Finds the alias where nobody else finds Flask."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "flask":
            return None
        sys.stderr.write("Flask is not installed: 'import flask' means Samovar here.\n")
        return find_alias()


def find_alias() -> ModuleSpec:
    """Return the spec of the package that stands in for ``flask``, and prepare its company.

    Werkzeug's server and Flask's version are part of what a program finds with Flask.
    """
    announce_version()
    # PERF: 30 ms, paid only where a program asks for Flask.
    from samovar.as_flask.serving import replace_werkzeugs_server

    replace_werkzeugs_server()
    spec = importlib.util.spec_from_file_location(
        "flask", _PACKAGE / "__init__.py", submodule_search_locations=[str(_PACKAGE)]
    )
    assert spec is not None, "the file has a suffix that Python loads"
    return spec


def is_installed() -> bool:
    """Say whether ``flask`` already means Samovar in this process."""
    package = sys.modules.get("flask")
    return getattr(package, "__file__", None) == str(_PACKAGE / "__init__.py")

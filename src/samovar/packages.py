"""Where a package is installed, from which the place of an app's instance folder follows."""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import PurePath


def find_package(import_name: str) -> tuple[str | None, str]:
    """Return the prefix that a package or module is installed under, and the folder it is in.

    Args:
        import_name: The name that the program imports it by.

    Returns:
        The prefix (of the system or of a virtual environment), or None where it is not
        installed; and the folder that contains it, the current one for ``"__main__"``.
    """
    folder = _folder_of(import_name)
    system_prefix = os.path.abspath(sys.prefix)
    if PurePath(folder).is_relative_to(system_prefix):
        return system_prefix, folder
    parent, name = os.path.split(folder)
    if name.lower() != "site-packages":
        return None, folder
    grandparent, name = os.path.split(parent)
    if name.lower() == "lib":
        # Windows: prefix/lib/site-packages
        return grandparent, folder
    if os.path.basename(grandparent).lower() == "lib":
        # elsewhere: prefix/lib/python3.x/site-packages
        return os.path.dirname(grandparent), folder
    return parent, folder


def _folder_of(import_name: str) -> str:
    """Return the folder that contains the top-level package or module."""
    top = import_name.partition(".")[0]
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        # No valid name, or "__main__", which has no spec when it is a script.
        spec = None
    if spec is None:
        return os.getcwd()
    if not spec.submodule_search_locations:
        return os.path.dirname(spec.origin or "")
    if spec.origin in (None, "namespace"):
        return os.path.dirname(_namespace_location(import_name, spec))
    return os.path.dirname(os.path.dirname(spec.origin or ""))


def _namespace_location(import_name: str, top: ModuleSpec) -> str:
    """Return the folder, of those that make up a namespace package, that has the module."""
    locations = list(top.submodule_search_locations or ())
    spec = find_spec(import_name)
    if spec is not None and spec.submodule_search_locations:
        inner = PurePath(os.path.commonpath(spec.submodule_search_locations))
        for location in locations:
            if inner.is_relative_to(location):
                return location
    return locations[0]

"""Functions of Flask's that tracing agents replace by assigning to its modules.

What stands in Flask's module is only another name of a function that our own code calls in a
module of Samovar's; the assignment has to reach that one.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _PatchableModule(ModuleType):
    """A module that passes on the assignments to some of its names.

    Attributes:
        _homes: The modules in which these names are looked up, by name.
    """

    _homes: dict[str, ModuleType]

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        home = self._homes.get(name)
        if home is not None:
            setattr(home, name, value)


def make_patchable(module_name: str, *names: str) -> None:
    """Let an assignment to a function in one of Flask's modules reach the function itself.

    Args:
        module_name: The module, which must be imported.
        *names: The names of functions in it.
    """
    module = sys.modules[module_name]
    homes = {name: sys.modules[getattr(module, name).__module__] for name in names}
    module.__dict__["_homes"] = homes
    module.__class__ = _PatchableModule

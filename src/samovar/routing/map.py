"""The URL map: Werkzeug's, which also says when it changed."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import Map as WerkzeugMap
from werkzeug.routing import RuleFactory


class Map(WerkzeugMap):
    """All URL rules of an app.

    Attributes:
        revision: Another number after each change, so that what was made from the map can tell.
    """

    revision = 0

    def add(self, rulefactory: RuleFactory) -> None:
        """Add a rule, or all that a rule factory makes."""
        super().add(rulefactory)
        self.revision += 1

    def __setattr__(self, name: str, value: Any) -> None:
        # A setting such as redirect_defaults; _remap is Werkzeug's own note after each add.
        super().__setattr__(name, value)
        if name not in ("revision", "_remap"):
            self.revision += 1

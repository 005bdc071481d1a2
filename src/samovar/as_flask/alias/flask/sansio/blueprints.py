"""``flask.sansio.blueprints``."""

from __future__ import annotations

from samovar.blueprints import Blueprint as Blueprint
from samovar.blueprints import BlueprintSetupState as BlueprintSetupState

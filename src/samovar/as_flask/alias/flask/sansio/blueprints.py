"""``flask.sansio.blueprints``."""

from __future__ import annotations

from samovar.blueprints import Blueprint as Blueprint, BlueprintSetupState as BlueprintSetupState

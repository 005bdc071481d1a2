"""``flask.blueprints``."""

from __future__ import annotations

import os as os
import typing as t
from datetime import timedelta as timedelta

from samovar.blueprints import Blueprint as Blueprint
from samovar.blueprints import BlueprintSetupState as BlueprintSetupState
from samovar.commands import AppGroup as AppGroup
from samovar.current import current_app as current_app
from samovar.scaffold import _sentinel as _sentinel
from samovar.static import send_from_directory as send_from_directory

"""Development aids: an error in the browser instead of a bare 500."""

from __future__ import annotations

from samovar.debug.handler import DebugHandler as DebugHandler
from samovar.debug.handler import FailedProgram as FailedProgram

"""``flask.sansio.app``."""

from __future__ import annotations

from samovar.app import App as App

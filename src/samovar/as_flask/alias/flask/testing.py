"""``flask.testing``."""

from __future__ import annotations

from samovar.testing import EnvironBuilder as EnvironBuilder
from samovar.testing import FlaskClient as FlaskClient
from samovar.testing import FlaskCliRunner as FlaskCliRunner

"""``flask.sansio.scaffold``."""

from __future__ import annotations

from samovar.packages import find_package as find_package
from samovar.scaffold import Scaffold as Scaffold
from samovar.scaffold import _endpoint_from_view_func as _endpoint_from_view_func
from samovar.scaffold import _sentinel as _sentinel
from samovar.scaffold import setupmethod as setupmethod

"""Routing: Werkzeug's rules and map, with an index in front that finds most routes at once."""

from __future__ import annotations

from werkzeug.routing import BuildError as BuildError
from werkzeug.routing import MapAdapter as MapAdapter
from werkzeug.routing import RequestRedirect as RequestRedirect
from werkzeug.routing import RoutingException as RoutingException
from werkzeug.routing import Rule as Rule

from samovar.routing.index import Route as Route
from samovar.routing.index import RouteIndex as RouteIndex
from samovar.routing.map import Map as Map

"""``flask.views``."""

from __future__ import annotations

import typing as t

import samovar.typing as ft
from samovar.as_flask.incidental import F as F
from samovar.context import request as request
from samovar.current import current_app as current_app
from samovar.views import MethodView as MethodView
from samovar.views import View as View
from samovar.views import http_method_funcs as http_method_funcs

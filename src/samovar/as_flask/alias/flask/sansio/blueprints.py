"""``flask.sansio.blueprints``."""

from __future__ import annotations

import os as os
import typing as t
from collections import defaultdict as defaultdict
from functools import update_wrapper as update_wrapper

import samovar.typing as ft
from samovar.as_flask.incidental import T_template_filter as T_template_filter
from samovar.as_flask.incidental import T_template_global as T_template_global
from samovar.as_flask.incidental import T_template_test as T_template_test
from samovar.blueprints import Blueprint as Blueprint
from samovar.blueprints import BlueprintSetupState as BlueprintSetupState
from samovar.scaffold import Scaffold as Scaffold
from samovar.scaffold import T_after_request as T_after_request
from samovar.scaffold import T_before_request as T_before_request
from samovar.scaffold import T_error_handler as T_error_handler
from samovar.scaffold import T_teardown as T_teardown
from samovar.scaffold import T_template_context_processor as T_template_context_processor
from samovar.scaffold import T_url_defaults as T_url_defaults
from samovar.scaffold import T_url_value_preprocessor as T_url_value_preprocessor
from samovar.scaffold import _endpoint_from_view_func as _endpoint_from_view_func
from samovar.scaffold import _sentinel as _sentinel
from samovar.scaffold import setupmethod as setupmethod

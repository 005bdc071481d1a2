"""``flask.sansio.scaffold``."""

from __future__ import annotations

import importlib as importlib
import os as os
import pathlib as pathlib
import sys as sys
import typing as t
from collections import defaultdict as defaultdict
from functools import update_wrapper as update_wrapper

from jinja2 import BaseLoader as BaseLoader
from jinja2 import FileSystemLoader as FileSystemLoader
from werkzeug.exceptions import HTTPException as HTTPException
from werkzeug.exceptions import default_exceptions as default_exceptions
from werkzeug.utils import cached_property as cached_property

import samovar.typing as ft
from samovar.helpers import get_root_path as get_root_path
from samovar.packages import _folder_of as _find_package_path
from samovar.packages import find_package as find_package
from samovar.scaffold import F as F
from samovar.scaffold import Scaffold as Scaffold
from samovar.scaffold import T_after_request as T_after_request
from samovar.scaffold import T_before_request as T_before_request
from samovar.scaffold import T_error_handler as T_error_handler
from samovar.scaffold import T_route as T_route
from samovar.scaffold import T_teardown as T_teardown
from samovar.scaffold import T_template_context_processor as T_template_context_processor
from samovar.scaffold import T_url_defaults as T_url_defaults
from samovar.scaffold import T_url_value_preprocessor as T_url_value_preprocessor
from samovar.scaffold import _endpoint_from_view_func as _endpoint_from_view_func
from samovar.scaffold import _sentinel as _sentinel
from samovar.scaffold import setupmethod as setupmethod
from samovar.templating import _default_template_ctx_processor as _default_template_ctx_processor

"""``flask.helpers``."""

from __future__ import annotations

import importlib as importlib
import os as os
import sys as sys
import typing as t
from datetime import datetime as datetime
from functools import cache as cache
from functools import update_wrapper as update_wrapper

import werkzeug as werkzeug
from werkzeug.exceptions import abort as _wz_abort
from werkzeug.utils import redirect as _wz_redirect
from werkzeug.wrappers import Response as BaseResponse

from samovar.as_flask.incidental import _prepare_send_file_kwargs as _prepare_send_file_kwargs
from samovar.as_flask.incidental import _split_blueprint_path as _split_blueprint_path
from samovar.context import _cv_app as _cv_app
from samovar.context import _cv_request as _cv_request
from samovar.context import request as request
from samovar.context import request_ctx as request_ctx
from samovar.context import session as session
from samovar.current import current_app as current_app
from samovar.helpers import abort as abort
from samovar.helpers import flash as flash
from samovar.helpers import get_debug_flag as get_debug_flag
from samovar.helpers import get_flashed_messages as get_flashed_messages
from samovar.helpers import get_load_dotenv as get_load_dotenv
from samovar.helpers import get_root_path as get_root_path
from samovar.helpers import get_template_attribute as get_template_attribute
from samovar.helpers import make_response as make_response
from samovar.helpers import redirect as redirect
from samovar.helpers import stream_with_context as stream_with_context
from samovar.helpers import url_for as url_for
from samovar.signals import message_flashed as message_flashed
from samovar.static import send_file as send_file
from samovar.static import send_from_directory as send_from_directory

"""``flask.helpers``."""

from __future__ import annotations

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

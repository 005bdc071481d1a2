"""``flask.signals``."""

from __future__ import annotations

from blinker import Namespace as Namespace

from samovar.signals import appcontext_popped as appcontext_popped
from samovar.signals import appcontext_pushed as appcontext_pushed
from samovar.signals import appcontext_tearing_down as appcontext_tearing_down
from samovar.signals import before_render_template as before_render_template
from samovar.signals import got_request_exception as got_request_exception
from samovar.signals import message_flashed as message_flashed
from samovar.signals import request_finished as request_finished
from samovar.signals import request_started as request_started
from samovar.signals import request_tearing_down as request_tearing_down
from samovar.signals import template_rendered as template_rendered

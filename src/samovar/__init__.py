"""Samovar: a web framework with Flask's programming model, and its own HTTP server.

::

    from samovar import App

    app = App()

    @app.route("/")
    def hello():
        return "Hello"

    if __name__ == "__main__":
        app.run()

This module is the composition root: the public names, and the wire from ``app.run()`` to the
server, which the app itself does not know.
"""

from __future__ import annotations

from typing import Any

from samovar import json as json
from samovar.app import App as App
from samovar.blueprints import Blueprint as Blueprint
from samovar.config import Config as Config
from samovar.context import after_this_request as after_this_request
from samovar.context import copy_current_request_context as copy_current_request_context
from samovar.context import g as g
from samovar.context import has_app_context as has_app_context
from samovar.context import has_request_context as has_request_context
from samovar.context import request as request
from samovar.context import session as session
from samovar.current import current_app as current_app
from samovar.helpers import abort as abort
from samovar.helpers import flash as flash
from samovar.helpers import get_flashed_messages as get_flashed_messages
from samovar.helpers import get_template_attribute as get_template_attribute
from samovar.helpers import make_response as make_response
from samovar.helpers import redirect as redirect
from samovar.helpers import stream_with_context as stream_with_context
from samovar.helpers import url_for as url_for
from samovar.json import jsonify as jsonify
from samovar.request import Request as Request
from samovar.response import Response as Response
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
from samovar.static import send_file as send_file
from samovar.static import send_from_directory as send_from_directory
from samovar.templating import render_template as render_template
from samovar.templating import render_template_string as render_template_string
from samovar.templating import stream_template as stream_template
from samovar.templating import stream_template_string as stream_template_string


def _launch(app: App, *args: Any, **options: Any) -> None:
    # Imported at the first use: the server and the command line take time to import, and an app
    # that another server hosts needs neither.
    from samovar.cli.launch import launch

    launch(app, *args, **options)


App._launcher = staticmethod(_launch)

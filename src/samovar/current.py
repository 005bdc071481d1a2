"""``current_app``: the app whose context is current."""

from __future__ import annotations

from typing import cast

from werkzeug.local import LocalProxy

from samovar.ambient import NO_APP, innermost
from samovar.app import App

current_app = cast(App, LocalProxy(innermost, "app", unbound_message=NO_APP))
"""The app that is answering the request, or whose context was pushed."""

"""The signals that the framework sends.

Each is sent with the app as the sender. To listen, connect a function::

    from samovar import template_rendered

    @template_rendered.connect_via(app)
    def note(sender, template, context, **extra):
        print("rendered", template.name)
"""

from __future__ import annotations

from blinker import Namespace as Namespace

# The framework's own; an extension makes a namespace for its signals.
_signals = Namespace()

template_rendered = _signals.signal("template-rendered")
before_render_template = _signals.signal("before-render-template")
request_started = _signals.signal("request-started")
request_finished = _signals.signal("request-finished")
request_tearing_down = _signals.signal("request-tearing-down")
got_request_exception = _signals.signal("got-request-exception")
appcontext_tearing_down = _signals.signal("appcontext-tearing-down")
appcontext_pushed = _signals.signal("appcontext-pushed")
appcontext_popped = _signals.signal("appcontext-popped")
message_flashed = _signals.signal("message-flashed")

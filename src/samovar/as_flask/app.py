"""``flask.Flask``: an :class:`~samovar.app.App` with Flask's defaults where ours differ."""

from __future__ import annotations

from typing import Any

import werkzeug.serving

from samovar.app import App
from samovar.cli.launch import prepare


class Flask(App):
    """The application class under Flask's name.

    ``run()`` goes through :func:`werkzeug.serving.run_simple`, as Flask's does, since programs
    and tests put something else there; what is there otherwise is our own server.
    """

    package_name = "flask"

    def run(
        self,
        host: str | None = None,
        port: int | None = None,
        debug: bool | None = None,
        load_dotenv: bool = True,
        **options: Any,
    ) -> None:
        """Serve the app until the process is told to stop; blocks.

        See :func:`samovar.cli.launch.launch` for the arguments.
        """
        address = prepare(self, host, port, debug, load_dotenv)
        if address is None:
            return
        options.setdefault("use_reloader", self.debug)
        options.setdefault("use_debugger", self.debug)
        options.setdefault("threaded", True)
        werkzeug.serving.run_simple(address.host, address.port, self, **options)


# What a program prints, logs or pickles of the class carries the name that it imports it by.
Flask.__module__ = "flask.app"

"""Werkzeug's ``run_simple``, carried by our server."""

from __future__ import annotations

from typing import Any

import werkzeug
import werkzeug.serving
from werkzeug.middleware.shared_data import SharedDataMiddleware

from samovar.cli.launch import Address, serve_app


def run_simple(
    hostname: str,
    port: int,
    application: Any,
    use_reloader: bool = False,
    use_debugger: bool = False,
    *,
    static_files: dict[str, Any] | None = None,
    **options: Any,
) -> None:
    """Serve a WSGI application until the process is told to stop; blocks.

    Args:
        hostname: The interface to listen on.
        port: The port to listen on.
        application: Any WSGI callable.
        use_reloader: Whether a change of a file restarts the program.
        use_debugger: Whether an error shows a page with the traceback.
        static_files: Folders or files by URL prefix, served beside the application.
        **options: The other options of Werkzeug's function, as far as they mean something here.
    """
    if static_files:
        application = SharedDataMiddleware(application, static_files)
    options |= {"use_reloader": use_reloader, "use_debugger": use_debugger}
    name = getattr(application, "name", None) or type(application).__name__
    serve_app(application, Address(hostname, port), options, name)


def replace_werkzeugs_server() -> None:
    """Let programs that call Werkzeug's server by hand be served by ours.

    They do so to mount several apps side by side, for instance.
    """
    werkzeug.serving.run_simple = run_simple  # type: ignore[assignment]  # takes more options
    werkzeug.run_simple = run_simple  # type: ignore[assignment]  # the same by its short name

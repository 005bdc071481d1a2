"""Werkzeug's ``run_simple``, carried by our server."""

from __future__ import annotations

from typing import Any

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

"""Hello as a bare WSGI callable: what a server costs without a framework."""

from typing import Any

BODY = b"Hello, World!"
HEADERS = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(BODY)))]


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer every request with hello."""
    start_response("200 OK", HEADERS)
    return [BODY]

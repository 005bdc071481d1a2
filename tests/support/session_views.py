"""Views that do with the session what tests of its interfaces ask for."""

from __future__ import annotations

from samovar import App, session


def add_session_views(app: App) -> None:
    """Add views that set a value in the session, show it, and clear the session."""

    @app.get("/set/<value>")
    def set_value(value: str) -> str:
        session["value"] = value
        return ""

    @app.get("/get")
    def get_value() -> str:
        return str(session.get("value"))

    @app.get("/clear")
    def clear() -> str:
        session.clear()
        return ""

"""What a session is, and what an app needs to open and save one."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, ClassVar, NoReturn

from werkzeug.datastructures import CallbackDict
from werkzeug.wrappers import Request, Response

from samovar.typing import Application


class SessionMixin(MutableMapping[str, Any]):
    """What a session has besides being a dict."""

    new: bool = False
    """Whether the session was made in this request, where its interface can tell."""

    modified: bool = True
    """Whether the session changed. An interface that cannot tell leaves it at True. A change
    inside of a value is not seen: set it to True yourself then."""

    accessed: bool = False
    """Whether the program looked at the session in this request; the response depends on the
    cookie then, and says so in ``Vary``."""

    @property
    def permanent(self) -> bool:
        """Whether the session outlives the browser's window, for PERMANENT_SESSION_LIFETIME."""
        return bool(self.get("_permanent", False))

    @permanent.setter
    def permanent(self, value: bool) -> None:
        self["_permanent"] = bool(value)


def _note_change(session: SecureCookieSession) -> None:
    session.modified = True


class SecureCookieSession(CallbackDict[str, Any], SessionMixin):
    """A session that notices when one of its keys is set or deleted.

    Args:
        initial: The first content.
    """

    modified: bool = False

    def __init__(self, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(initial, _note_change)


class NullSession(SecureCookieSession):
    """An empty session for reading, which says at the first write why there is none."""

    def _fail(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(
            "The session is unavailable because no secret key was set. Give the app one that"
            ' nobody can guess, for instance app.secret_key = "..." with what this prints:'
            " python -c 'import secrets; print(secrets.token_hex())'"
        )

    __setitem__ = __delitem__ = __ior__ = _fail
    clear = pop = popitem = update = setdefault = _fail
    del _fail


def vary_by_cookie(response: Response) -> None:
    """Say that the response depends on the request's cookies (RFC 9110, section 12.5.5).

    PERF: most responses have no ``Vary`` yet, or this very one. Werkzeug's set of field names, made
    anew at each look, costs 3 us.
    """
    present = response.headers.getlist("Vary")
    if not present:
        response.headers.add("Vary", "Cookie")
    elif present != ["Cookie"]:
        response.vary.add("Cookie")


class SessionInterface:
    """Opens the session of each request and saves it with the response.

    To keep sessions elsewhere, write :meth:`open_session` and :meth:`save_session` in a subclass
    and assign an instance to ``app.session_interface``. A session is any dict with
    :class:`SessionMixin`. Requests of one session may run at the same time: whether reading and
    writing must be guarded is the subclass's affair.
    """

    null_session_class: type[NullSession] = NullSession
    """The class that :meth:`make_null_session` makes and :meth:`is_null_session` looks for."""

    pickle_based: ClassVar[bool] = False
    """Whether values are stored as pickles, which extensions may want to know."""

    def make_null_session(self, app: Application) -> NullSession:
        """Return what stands in where :meth:`open_session` returned None."""
        return self.null_session_class()

    def is_null_session(self, obj: object) -> bool:
        """Say whether ``obj`` is such a stand-in; it is never saved."""
        return isinstance(obj, self.null_session_class)

    def get_cookie_name(self, app: Application) -> str:
        """Return the cookie's name: SESSION_COOKIE_NAME."""
        name: str = app.config["SESSION_COOKIE_NAME"]
        return name

    def get_cookie_domain(self, app: Application) -> str | None:
        """Return the cookie's ``Domain``: SESSION_COOKIE_DOMAIN.

        None means the very host that sets it; with a domain, its sub-domains get it as well.
        """
        domain: str | None = app.config["SESSION_COOKIE_DOMAIN"]
        return domain

    def get_cookie_path(self, app: Application) -> str:
        """Return the cookie's ``Path``: SESSION_COOKIE_PATH, else APPLICATION_ROOT."""
        path: str = app.config["SESSION_COOKIE_PATH"] or app.config["APPLICATION_ROOT"]
        return path

    def get_cookie_httponly(self, app: Application) -> bool:
        """Return whether scripts are kept from the cookie: SESSION_COOKIE_HTTPONLY."""
        httponly: bool = app.config["SESSION_COOKIE_HTTPONLY"]
        return httponly

    def get_cookie_secure(self, app: Application) -> bool:
        """Return whether the cookie is sent over HTTPS only: SESSION_COOKIE_SECURE."""
        secure: bool = app.config["SESSION_COOKIE_SECURE"]
        return secure

    def get_cookie_samesite(self, app: Application) -> str | None:
        """Return ``"Strict"``, ``"Lax"`` or None: SESSION_COOKIE_SAMESITE."""
        samesite: str | None = app.config["SESSION_COOKIE_SAMESITE"]
        return samesite

    def get_cookie_partitioned(self, app: Application) -> bool:
        """Return whether the cookie is kept apart by top-level site: SESSION_COOKIE_PARTITIONED."""
        partitioned: bool = app.config["SESSION_COOKIE_PARTITIONED"]
        return partitioned

    def get_expiration_time(self, app: Application, session: SessionMixin) -> datetime | None:
        """Return when a permanent session ends, or None for one that ends with the browser."""
        if session.permanent:
            return datetime.now(UTC) + app.permanent_session_lifetime
        return None

    def should_set_cookie(self, app: Application, session: SessionMixin) -> bool:
        """Say whether the response should carry the cookie.

        It should when the session changed, and always for a permanent session with
        SESSION_REFRESH_EACH_REQUEST, whose end is put off.
        """
        return session.modified or (
            session.permanent and app.config["SESSION_REFRESH_EACH_REQUEST"]
        )

    def open_session(self, app: Application, request: Request) -> SessionMixin | None:
        """Return the session of a request.

        Called when the request's context has been pushed, before its URL is matched.

        Returns:
            The session, or None where there can be none and that is no error yet: the program
            gets what :meth:`make_null_session` returns then.
        """
        raise NotImplementedError

    def save_session(self, app: Application, session: SessionMixin, response: Response) -> None:
        """Write the session's cookie to the response, where one is due.

        Called with each response before its context is popped, unless
        :meth:`is_null_session`.
        """
        raise NotImplementedError

    def _cookie_place(self, app: Application) -> dict[str, Any]:
        """Return the arguments by which a browser finds the cookie that is set or deleted."""
        return {
            "domain": self.get_cookie_domain(app),
            "path": self.get_cookie_path(app),
            "secure": self.get_cookie_secure(app),
            "partitioned": self.get_cookie_partitioned(app),
            "samesite": self.get_cookie_samesite(app),
            "httponly": self.get_cookie_httponly(app),
        }

    def _set_cookie(
        self, app: Application, session: SessionMixin, response: Response, value: str
    ) -> None:
        """Put the session's cookie with this value into the response."""
        response.set_cookie(
            self.get_cookie_name(app),
            value,
            expires=self.get_expiration_time(app, session),
            **self._cookie_place(app),
        )
        vary_by_cookie(response)

    def _delete_cookie(self, app: Application, response: Response) -> None:
        """Make the browser forget the session's cookie."""
        response.delete_cookie(self.get_cookie_name(app), **self._cookie_place(app))
        vary_by_cookie(response)

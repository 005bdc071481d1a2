"""The URL map is bound to requests as Werkzeug binds it to their environs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException, SecurityError

from samovar import App
from samovar.context import RequestContext
from tests.support.exchanges import MadeExchange

HOSTS = st.sampled_from(
    [
        b"example.org",
        b"EXAMPLE.org:80",
        b"example.org:443",
        b"example.org:8080",
        b"api.example.org",
        b"a..example.org",
        b"other.net",
        b"127.0.0.1:5000",
        b"b\x8ad",
        b"",
    ]
)
UPGRADES = st.sampled_from(
    [
        [],
        [(b"connection", b"keep-alive, Upgrade"), (b"upgrade", b"WebSocket")],
        [(b"connection", b"close"), (b"upgrade", b"websocket")],
        [(b"connection", b"upgrade"), (b"upgrade", b"h2c")],
    ]
)
TARGETS = st.sampled_from([b"/", b"/a%20b?x=%C3%A9", b"//a", b"*", b"http://example.org/c?d"])
SERVER_NAMES = st.sampled_from([None, "example.org", "Example.org:80", "example.org:443"])


def bound(bind: Callable[[], Any]) -> Any:
    """Return what an adapter knows, or the kind of exception that there is none."""
    try:
        adapter = bind()
    except HTTPException as error:
        return type(error)
    return {name: value for name, value in vars(adapter).items() if name != "map"}


@given(
    host=HOSTS,
    upgrade=UPGRADES,
    target=TARGETS,
    server_name=SERVER_NAMES,
    matching=st.sampled_from(["none", "subdomains", "hosts"]),
    scheme=st.sampled_from(["http", "https"]),
    by_environ=st.booleans(),
)
def test_map_is_bound_to_requests_as_to_their_environs(
    host: bytes,
    upgrade: list[tuple[bytes, bytes]],
    target: bytes,
    server_name: str | None,
    matching: str,
    scheme: str,
    by_environ: bool,
) -> None:
    app = App(
        __name__,
        host_matching=matching == "hosts",
        subdomain_matching=matching == "subdomains",
        static_folder=None,
    )
    app.config["SERVER_NAME"] = server_name
    exchange = MadeExchange(target, [(b"host", host), *upgrade])
    exchange.scheme = scheme
    if by_environ:
        context = RequestContext(app, exchange.environ())
    else:
        context = RequestContext.for_exchange(app, exchange)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = bound(lambda: app.create_url_adapter(context.request))
        werkzeugs = bound(
            lambda: app.url_map.bind_to_environ(
                exchange.environ(),
                server_name=None if matching == "hosts" else server_name,
                subdomain="" if matching == "none" else None,
            )
        )
    assert ours == werkzeugs


def test_map_is_bound_below_the_folder_where_the_app_is_mounted() -> None:
    app = App(__name__)
    environ = MadeExchange(b"/page", [(b"host", b"example.org")]).environ()
    environ["SCRIPT_NAME"] = "/caf\u00c3\u00a9"
    adapter = app.create_url_adapter(app.request_class(environ))
    assert adapter is not None
    assert adapter.script_name == "/caf\u00e9/"


def test_untrusted_hosts_are_refused() -> None:
    app = App(__name__)
    app.config["TRUSTED_HOSTS"] = [".example.org"]
    for host, trusted in ((b"www.example.org", True), (b"other.net", False)):
        request = app._make_request(MadeExchange(b"/", [(b"host", host)]))
        if trusted:
            assert app.create_url_adapter(request) is not None
        else:
            with pytest.raises(SecurityError):
                app.create_url_adapter(request)

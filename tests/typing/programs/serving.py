"""The app as a WSGI callable, in middleware, and on a server chosen by the program."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

from samovar import App
from samovar.handler import AppHandler
from samovar.server import Server, Settings
from samovar.server.wsgi import WSGIHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

app = App(__name__)


@app.get("/")
def hello() -> str:
    return "Hello"


def through(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    return app(environ, start_response)


application: "WSGIApplication" = app
app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1)  # type: ignore[method-assign]


def serve() -> None:
    server = Server(AppHandler(app), Settings(port=0, workers=1))
    print(server.addresses)
    server.serve()
    Server(WSGIHandler(through), Settings(host="::1", port=8080)).stop()

"""The HTTP server: sockets, HTTP/1.1, threads and processes. It knows no framework.

from samovar.server import Settings, run
from samovar.server.wsgi import WSGIHandler

run(lambda: WSGIHandler(application), Settings(port=8000))
"""

from samovar.server.listen import PortForbidden, PortTaken
from samovar.server.server import Server, run
from samovar.server.settings import Settings

__all__ = ["PortForbidden", "PortTaken", "Server", "Settings", "run"]

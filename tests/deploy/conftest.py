"""Servers as the files in docs/deploy/ start them, on free ports of this machine.

The files are used as they are. Only what belongs to a machine is put in its place: ports, paths,
certificates.
"""

from __future__ import annotations

import importlib
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.certificates import Files, client_context, write_certificate
from tests.support.programs import ROOT

DEPLOY = ROOT / "docs" / "deploy"
PROGRAM = ROOT / "tests" / "deploy" / "shop.py"

START_PATIENCE = 30.0
"""Seconds for a server to begin to listen."""

HOST = "shop.example"

PROXYS_USER = "www-data"
"""Whom Apache becomes where it is started by root; Debian makes this user with each system."""


NEEDED = (
    "samovar",
    "blinker",
    "cachelib",
    "click",
    "itsdangerous",
    "jinja2",
    "markupsafe",
    "werkzeug",
)
"""What the program needs under another server; all of it runs without what is compiled."""


class Front(NamedTuple):
    """What a client connects to.

    Attributes:
        port: Where, on 127.0.0.1.
        files: The certificate, or None where the port is plain.
    """

    port: int
    files: Files | None

    @property
    def host(self) -> str:
        """What the Host field says."""
        return f"{HOST}:{self.port}"

    def connect(self) -> HTTPConnection:
        """Return a connection; the caller closes it."""
        if self.files is None:
            return HTTPConnection("127.0.0.1", self.port, timeout=START_PATIENCE)
        context = client_context(self.files)
        context.check_hostname = False
        context.set_alpn_protocols(["http/1.1"])
        return HTTPSConnection("127.0.0.1", self.port, timeout=START_PATIENCE, context=context)

    def ask(
        self,
        connection: HTTPConnection,
        target: str,
        body: bytes | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> HTTPResponse:
        """Make a request and return its response, of which the body is still to be read."""
        method = "GET" if body is None else "POST"
        connection.request(method, target, body, {"Host": self.host, **(fields or {})})
        return connection.getresponse()


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def put_in_place(source: Path, target: Path, replaced: Mapping[str, str]) -> None:
    """Write a file of docs/deploy/ with what belongs to this machine in it."""
    text = source.read_text(encoding="utf-8")
    for old, new in replaced.items():
        assert old in text, f"{source} says nothing about {old!r}"
        text = text.replace(old, new)
    target.write_text(text, encoding="utf-8")


@contextmanager
def started(command: Sequence[str | Path], port: int, log: Path) -> Iterator[None]:
    """Run a server in the foreground until the block is left."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + START_PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                said = log.read_text(errors="replace")
                assert process.poll() is None, f"It ended:\n{said}"
                assert time.monotonic() < deadline, f"It listens to nobody:\n{said}"
                time.sleep(0.05)  # seconds between two looks
        yield
    finally:
        process.terminate()
        process.wait(START_PATIENCE)


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """Return a folder that the servers' own users can enter, too."""
    folder = Path(tempfile.mkdtemp(prefix="samovar-deploy-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def certificate(place: Path) -> Files:
    return write_certificate(place)


@pytest.fixture(scope="session")
def unix_socket(place: Path) -> Iterator[str]:
    """Start the program as shop.service does, on a socket as shop.socket makes it."""
    path = str(place / "shop.sock")
    notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notified.bind(str(place / "notify"))
    notified.settimeout(START_PATIENCE)
    with socket.socket(socket.AF_UNIX) as listening, notified:
        listening.bind(path)
        os.chmod(path, 0o666)  # whoever runs the tests may be in no group of a proxy's user
        listening.listen()
        process = subprocess.Popen(
            [sys.executable, "-c", AS_SYSTEMD, str(listening.fileno()), *_exec_start()],
            cwd=PROGRAM.parent,
            env={**os.environ, "NOTIFY_SOCKET": str(place / "notify"), "LISTEN_FDS": "1"},
            pass_fds=[listening.fileno()],
            stdin=subprocess.DEVNULL,
        )
        try:
            assert notified.recv(4096).startswith(b"READY=1\n")
            yield path
        finally:
            process.terminate()
            assert process.wait(START_PATIENCE) == 0
            assert notified.recv(4096) == b"STOPPING=1"


AS_SYSTEMD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Runs a command with a socket as descriptor 3."""


def _exec_start() -> list[str]:
    """Return the command of shop.service, with one worker: tests look into the program."""
    unit = (DEPLOY / "systemd" / "shop.service").read_text(encoding="utf-8")
    (line,) = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    program, *words = shlex.split(line.removeprefix("ExecStart="))
    assert program == "/srv/shop/.venv/bin/samovar"
    words[words.index("auto")] = "1"
    return [sys.executable, "-m", "samovar", *words]


@contextmanager
def nginx(place: Path, unix_socket: str, certificate: Files) -> Iterator[Front]:
    port = free_port()
    site = place / "nginx-shop.conf"
    put_in_place(
        DEPLOY / "nginx" / "shop.conf",
        site,
        {
            "unix:/run/shop.sock;": f"unix:{unix_socket};",
            "listen 80;": f"listen 127.0.0.1:{free_port()};",
            "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
            "/etc/letsencrypt/live/shop.example/fullchain.pem": certificate.cert,
            "/etc/letsencrypt/live/shop.example/privkey.pem": certificate.key,
        },
    )
    temporary = "".join(
        f"{kind}_temp_path {place}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = place / "nginx.conf"
    main.write_text(
        f"daemon off; pid {place}/nginx.pid; error_log stderr; worker_processes 1;\n"
        f"events {{}}\nhttp {{ access_log off;\n{temporary} include {site}; }}\n"
    )
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    command: list[str | Path] = [program, "-c", main, "-p", place, "-e", "stderr"]
    with started(command, port, place / "nginx.log"):
        yield Front(port, certificate)


@contextmanager
def apache(place: Path, site: Path, modules: Sequence[str], port: int) -> Iterator[None]:
    """Run Apache with a site, and the modules that it needs, as a2enmod would."""
    user = f"User {PROXYS_USER}\nGroup {PROXYS_USER}\n" if os.geteuid() == 0 else ""
    loaded = "".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"
        for name in ("mpm_event", "authz_core", *modules)
    )
    main = place / f"{site.stem}-main.conf"
    main.write_text(
        f"ServerRoot {place}\nPidFile {place}/{site.stem}.pid\nErrorLog /dev/stderr\n"
        f"ServerName {HOST}\nListen 127.0.0.1:{port}\n{user}{loaded}Include {site}\n"
    )
    program = shutil.which("apache2") or "/usr/sbin/apache2"
    with started([program, "-DFOREGROUND", "-f", main], port, place / f"{site.stem}.log"):
        yield


@contextmanager
def apache_proxy(place: Path, unix_socket: str, certificate: Files) -> Iterator[Front]:
    port = free_port()
    site = place / "apache-shop.conf"
    put_in_place(
        DEPLOY / "apache" / "shop.conf",
        site,
        {
            "unix:/run/shop.sock|": f"unix:{unix_socket}|",
            "<VirtualHost *:443>": f"<VirtualHost *:{port}>",
            "/etc/letsencrypt/live/shop.example/fullchain.pem": certificate.cert,
            "/etc/letsencrypt/live/shop.example/privkey.pem": certificate.key,
        },
    )
    with apache(place, site, ("headers", "proxy", "proxy_http", "ssl"), port):
        yield Front(port, certificate)


@contextmanager
def apache_wsgi(place: Path) -> Iterator[Front]:
    """Run the program inside Apache, from a copy that Apache's user can read."""
    home = place / "srv"
    home.mkdir()
    packages = home / "packages"
    for name in NEEDED:
        folder = Path(importlib.import_module(name).__file__ or "").parent
        shutil.copytree(folder, packages / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROGRAM, home / "shop.py")
    put_in_place(DEPLOY / "apache" / "shop.wsgi", home / "shop.wsgi", {"/srv/shop": str(home)})
    port = free_port()
    site = place / "apache-shop-wsgi.conf"
    put_in_place(
        DEPLOY / "apache" / "shop-wsgi.conf",
        site,
        {
            # mod_wsgi runs the system's Python, which may be older than the tests' own: what it
            # shares with that are packages, not an environment.
            "python-home=/srv/shop/.venv": f"python-path={packages}",
            "/srv/shop": str(home),
            "<VirtualHost *:80>": f"<VirtualHost *:{port}>",
        },
    )
    with apache(place, site, ("wsgi",), port):
        yield Front(port, None)


@pytest.fixture(scope="session", params=["nginx", "apache"])
def proxy(
    request: pytest.FixtureRequest, place: Path, unix_socket: str, certificate: Files
) -> Iterator[Front]:
    start = {"nginx": nginx, "apache": apache_proxy}[request.param]
    with start(place, unix_socket, certificate) as front:
        yield front


@pytest.fixture(scope="session")
def mod_wsgi(place: Path) -> Iterator[Front]:
    with apache_wsgi(place) as front:
        yield front

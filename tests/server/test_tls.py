"""TLS: certificates, and connections that never block."""

from __future__ import annotations

import hashlib
import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from samovar.exchange import Exchange, FileSegment, Reply
from samovar.server.tls import TLS, CertificateUnfit
from tests.support.certificates import Files, client_context, write_certificate
from tests.support.handlers import FunctionHandler
from tests.support.serving import PATIENCE, Running, read_to_end, running

LARGE = os.urandom(3_000_000)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return write_certificate(tmp_path_factory.mktemp("certificate"))


def application(environ: dict[str, Any], start_response: Any) -> Any:
    path = environ["PATH_INFO"]
    if path == "/digest":
        body = [hashlib.sha256(environ["wsgi.input"].read()).hexdigest().encode()]
    elif path == "/large":
        body = [LARGE]
    elif path == "/pieces":
        body = [LARGE[at : at + 50_000] for at in range(0, len(LARGE), 50_000)]
    else:
        body = [environ["wsgi.url_scheme"].encode()]
    start_response("200 OK", [("Content-Length", str(sum(map(len, body))))])
    return body


@pytest.fixture(params=["epoll", "selectors"])
def server(request: pytest.FixtureRequest, files: Files) -> Iterator[Running]:
    with running(application, cert=files.cert, key=files.key, poller=request.param) as running_:
        yield running_


@contextmanager
def connected(server: Running, files: Files | None = None) -> Iterator[ssl.SSLSocket]:
    with (
        server.connect() as plain,
        client_context(files).wrap_socket(plain, server_hostname="localhost") as client,
    ):
        yield client


def get(target: str, *more: str) -> bytes:
    lines = (f"GET {target} HTTP/1.1", "Host: localhost", *more, "", "")
    return "\r\n".join(lines).encode()


CLOSE = "Connection: close"


def body_of(reply: bytes) -> bytes:
    return reply.partition(b"\r\n\r\n")[2]


def test_request_is_answered_over_tls(server: Running, files: Files) -> None:
    with connected(server, files) as client:
        assert client.version() == "TLSv1.3"
        assert client.selected_alpn_protocol() == "http/1.1"
        client.sendall(get("/"))
        assert body_of(client.recv(65536)) == b"https"
        client.sendall(get("/", CLOSE))
        assert body_of(read_to_end(client)) == b"https"  # close_notify, or this raises


def test_tls_1_2_is_spoken_and_older_is_not(server: Running) -> None:
    context = client_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with server.connect() as plain, context.wrap_socket(plain) as client:
        client.sendall(get("/", CLOSE))
        assert body_of(read_to_end(client)) == b"https"
    assert TLS("adhoc", "").context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize("target", ["/large", "/pieces"])
def test_large_reply_arrives_whole_at_a_slow_reader(server: Running, target: str) -> None:
    with connected(server) as client:
        client.sendall(get(target, CLOSE))
        assert body_of(read_to_end(client)) == LARGE


def test_file_arrives_whole(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(LARGE)

    def reply(exchange: Exchange) -> Reply:
        return Reply(200, (), FileSegment(path.open("rb"), 100, len(LARGE) - 100))

    with (
        running(FunctionHandler(reply), cert=files.cert, key=files.key) as server,
        connected(server) as client,
    ):
        client.sendall(get("/", CLOSE))
        assert body_of(read_to_end(client)) == LARGE[100:]


@pytest.mark.parametrize("size", [0, 1, 16_384, 65_536, 65_537, 3_000_000])
def test_body_of_many_records_is_read_to_its_end(server: Running, size: int) -> None:
    body = LARGE[:size]
    head = f"POST /digest HTTP/1.1\r\nHost: a\r\n{CLOSE}\r\nContent-Length: {size}\r\n\r\n"
    with connected(server) as client:
        client.sendall(head.encode() + body)
        assert body_of(read_to_end(client)) == hashlib.sha256(body).hexdigest().encode()


def test_pipelined_requests_in_one_record_are_all_answered(server: Running) -> None:
    with connected(server) as client:
        client.sendall(get("/") * 50 + get("/", CLOSE))
        assert read_to_end(client).count(b"HTTP/1.1 200 OK") == 51


def test_handshake_byte_by_byte_holds_up_nobody(server: Running) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    slow = client_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with server.connect() as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                slow.do_handshake()
                break
            except ssl.SSLWantReadError:
                for byte in outgoing.read():
                    plain.sendall(bytes([byte]))
                with connected(server) as other:
                    other.sendall(get("/", CLOSE))
                    assert body_of(read_to_end(other)) == b"https"
                incoming.write(plain.recv(65536))
        slow.write(get("/"))
        plain.sendall(outgoing.read())
        reply = b""
        while not reply:
            incoming.write(plain.recv(65536))
            with suppress(ssl.SSLWantReadError):  # session tickets come before it
                reply = slow.read()
        assert reply.startswith(b"HTTP/1.1 200 OK")


def test_handshake_has_a_deadline(files: Files) -> None:
    with (
        running(application, cert=files.cert, key=files.key, header_timeout=0.2) as server,
        server.connect() as client,
    ):
        assert client.recv(1) == b""


def test_plain_http_is_told_to_speak_https(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "samovar.server"):
        reply = server.send(get("/"))
    assert reply.startswith(b"HTTP/1.1 400 Bad Request")
    assert b"https://" in reply
    assert len(caplog.records) == 1


def test_garbage_closes_the_connection_with_one_line(
    server: Running, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "samovar.server"), server.connect() as client:
        client.sendall(b"\x16\x03\x01garbage" * 10)
        with suppress(ConnectionResetError):  # the rest of it was not read
            read_to_end(client)
    assert [record.levelname for record in caplog.records] == ["INFO"]


def test_idle_connection_is_closed_with_a_word(files: Files) -> None:
    with (
        running(application, cert=files.cert, key=files.key, idle_timeout=0.2) as server,
        connected(server) as client,
    ):
        client.sendall(get("/"))
        assert body_of(client.recv(65536)) == b"https"
        assert client.recv(1) == b""  # without close_notify this would raise


def test_unix_socket_beside_it_stays_plain(files: Files, tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    places = ("127.0.0.1:0", f"unix:{path}")
    with running(application, cert=files.cert, key=files.key, bind=places) as server:
        with connected(server) as client:
            client.sendall(get("/", CLOSE))
            assert body_of(read_to_end(client)) == b"https"
        with socket.socket(socket.AF_UNIX) as plain:
            plain.settimeout(PATIENCE)
            plain.connect(path)
            plain.sendall(get("/", CLOSE))
            assert body_of(read_to_end(plain)) == b"http"


def test_encrypted_key_is_refused_with_what_to_do(tmp_path: Path) -> None:
    encrypted = write_certificate(tmp_path, password=b"secret")
    with pytest.raises(CertificateUnfit, match=r"key\.pem' is encrypted.*openssl pkey"):
        TLS(*encrypted)


def test_unfit_files_are_told(files: Files, tmp_path: Path) -> None:
    other = write_certificate(tmp_path)
    empty = tmp_path / "empty.pem"
    empty.touch()
    with pytest.raises(CertificateUnfit, match="does not belong to"):
        TLS(files.cert, other.key)
    with pytest.raises(CertificateUnfit, match="--key"):
        TLS(files.cert, "")
    with pytest.raises(CertificateUnfit, match="PEM"):
        TLS(str(empty), files.key)
    with pytest.raises(CertificateUnfit, match="No such file"):
        TLS(str(tmp_path / "none.pem"), files.key)


def test_unfit_renewal_keeps_the_certificate(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = write_certificate(tmp_path)
    tls = TLS(*own)
    before = tls.context
    Path(own.cert).write_text("half a fi")
    assert not tls.renew()
    assert tls.context is before
    assert "stays what it was" in caplog.text


def test_made_up_certificate_is_good_for_this_machine() -> None:
    with running(application, cert="adhoc") as server, connected(server) as client:
        client.sendall(get("/", CLOSE))
        assert body_of(read_to_end(client)) == b"https"


def test_missing_library_for_a_made_up_certificate_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(CertificateUnfit, match=r"pip install 'samovar\[adhoc\]'"):
        TLS("adhoc", "")


PROGRAM = """
import os, sys
from samovar.server import Settings, run
from samovar.server.wsgi import WSGIHandler

def application(environ, start_response):
    start_response("200 OK", [])
    return [environ["wsgi.url_scheme"].encode()]

def say_ready(addresses):
    os.write(1, b"%d\\n" % addresses[0][1])

settings = Settings(port=0, access_log="off", workers={workers}, cert={cert!r}, key={key!r})
sys.exit(run(lambda: WSGIHandler(application), settings, on_ready=say_ready))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no SIGHUP here")
@pytest.mark.parametrize("workers", [1, 2])
def test_hangup_brings_the_new_certificate(tmp_path: Path, workers: int) -> None:
    files = write_certificate(tmp_path)
    program = PROGRAM.format(workers=workers, cert=files.cert, key=files.key)
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())

            def certificate() -> str:
                return ssl.get_server_certificate(("127.0.0.1", port), timeout=PATIENCE)

            assert certificate().strip() == Path(files.cert).read_text().strip()
            write_certificate(tmp_path)
            process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + PATIENCE * 2
            # All of the workers: some in a row must show the new one.
            shown = 0
            while shown < 10:
                is_new = certificate().strip() == Path(files.cert).read_text().strip()
                shown = shown + 1 if is_new else 0
                assert time.monotonic() < deadline
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def test_program_can_take_the_connection_over(files: Files) -> None:
    def shout(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        sock = environ["werkzeug.socket"]
        sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        while said := sock.recv(100):
            sock.sendall(said.upper())
        start_response("200 OK", [])
        return []

    with running(shout, cert=files.cert, key=files.key) as server, connected(server) as client:
        client.sendall(get("/", "Upgrade: shouting", "Connection: Upgrade"))
        assert client.recv(1000).startswith(b"HTTP/1.1 101")
        client.sendall(b"hello")
        assert client.recv(1000) == b"HELLO"


@pytest.mark.parametrize("poller", ["epoll", "selectors"])
def test_asynchronous_pieces_arrive_whole(files: Files, poller: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(LARGE), 300_000):
            yield LARGE[at : at + 300_000]

    fields = (("Content-Length", str(len(LARGE))),)
    handler = FunctionHandler(lambda exchange: Reply(200, fields, pieces()))
    settings = {"cert": files.cert, "key": files.key, "poller": poller}
    with running(handler, **settings) as server, connected(server) as client:
        client.sendall(get("/", CLOSE))
        assert body_of(read_to_end(client)) == LARGE


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_reply_that_breaks_off_ends_without_a_word(files: Files, version: str) -> None:
    """RFC 9112, section 9.8: an incomplete close tells the client that something is missing."""

    def pieces() -> Iterator[bytes]:
        yield b"half of it"
        raise RuntimeError("the other half")

    handler = FunctionHandler(lambda exchange: Reply(200, (), pieces()))
    with (
        running(handler, cert=files.cert, key=files.key) as server,
        server.connect() as plain,
        client_context().wrap_socket(plain, suppress_ragged_eofs=False) as client,
    ):
        client.sendall(get("/").replace(b"HTTP/1.1", b"HTTP/" + version.encode()))
        with pytest.raises(ssl.SSLEOFError):
            read_to_end(client)

"""Certificates for tests."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives import serialization

from samovar.server.adhoc import make_certificate


class Files(NamedTuple):
    """A certificate and its key."""

    cert: str
    key: str


def write_certificate(folder: Path, password: bytes | None = None) -> Files:
    """Write a new certificate for this machine and its key, into a file each."""
    pem = make_certificate()
    start = pem.index(b"-----BEGIN PRIVATE KEY")
    cert, key = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(pem[:start])
    key.write_bytes(pem[start:])
    if password:
        private = serialization.load_pem_private_key(pem[start:], None)
        key.write_bytes(
            private.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.BestAvailableEncryption(password),
            )
        )
    return Files(str(cert), str(key))


def client_context(files: Files | None = None) -> ssl.SSLContext:
    """Return a client's context, which trusts this certificate alone, or any without one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["h2", "http/1.1"])
    if files is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(files.cert)
    return context

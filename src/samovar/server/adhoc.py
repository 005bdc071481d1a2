"""A certificate made up for development."""

from __future__ import annotations

import datetime
import ipaddress
import socket

LIFETIME = datetime.timedelta(days=30)
"""Longer than anybody leaves a development server running."""


def make_certificate() -> bytes:
    """Return a certificate for this machine that it signed itself, and its key, in PEM form.

    Raises:
        ImportError: The package ``cryptography`` is not installed.
    """
    # PERF: imported where it is needed: it takes 60 ms, and is no dependency.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Samovar, for development")])
    names: list[x509.GeneralName] = [
        x509.DNSName(host) for host in dict.fromkeys(("localhost", _own_name())) if host
    ]
    names += [x509.IPAddress(ipaddress.ip_address(host)) for host in ("127.0.0.1", "::1")]
    # A clock may be a little behind.
    now = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _own_name() -> str:
    """Return this machine's name where a certificate can hold it."""
    name = socket.gethostname()
    return name if name.isascii() else ""

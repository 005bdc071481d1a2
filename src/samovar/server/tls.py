"""TLS: the certificate, and the context that new connections are made with."""

from __future__ import annotations

import logging
import ssl
import tempfile
from pathlib import Path
from typing import NoReturn

from samovar.server.adhoc import make_certificate

ADHOC = "adhoc"
"""The certificate's name that asks for one which is made up."""

log = logging.getLogger("samovar.server")


class CertificateUnfit(OSError):
    """The server cannot speak TLS with what it was given; the message is for the operator."""


class TLS:
    """What a server needs to speak TLS.

    Connections that are open keep the certificate that they began with.

    Args:
        cert: The file with the certificate chain (PEM), or ``"adhoc"``.
        key: The file with the private key, or ``""`` where it is in the same file.

    Attributes:
        context: For the next connection.

    Raises:
        CertificateUnfit: There is no certificate that could be used.
    """

    def __init__(self, cert: str, key: str) -> None:
        self._cert = cert
        self._key = key
        self.context = _adhoc_context() if cert == ADHOC else _make_context(cert, key)

    def renew(self) -> bool:
        """Read the certificate anew; one that is unfit is logged, and the old one stays.

        Returns:
            Whether there is another one now.
        """
        if self._cert == ADHOC:
            return False
        try:
            self.context = _make_context(self._cert, self._key)
        except CertificateUnfit as error:
            log.error("The certificate stays what it was: %s.", error)
            return False
        log.info("The certificate was read anew from %r", self._cert)
        return True


def _make_context(cert: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # RFC 8996: earlier versions "MUST NOT be used".
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A client of TLS 1.2 could have us compute new keys without end.
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    for name in (cert, key):
        _check_readable(name)
    try:
        context.load_cert_chain(cert, key or None, password=lambda: _refuse_encrypted(key or cert))
    except ssl.SSLError as error:
        raise CertificateUnfit(_explain(error, cert, key)) from error
    return context


def _check_readable(name: str) -> None:
    if not name:
        return
    try:
        with open(name, "rb"):
            pass
    except OSError as error:
        raise CertificateUnfit(f"Cannot read {name!r}: {error.strerror}") from error


def _refuse_encrypted(name: str) -> NoReturn:
    raise CertificateUnfit(
        f"The key in {name!r} is encrypted, and a server that starts by itself cannot ask for the"
        f" password. Write it out once with: openssl pkey -in {name} -out plain-key.pem, and let"
        " only the server's user read that file"
    )


def _explain(error: ssl.SSLError, cert: str, key: str) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"The key in {key or cert!r} does not belong to the first certificate in {cert!r}"
    if not key:
        return (
            f"{cert!r} does not hold a certificate and its private key in PEM form ('-----BEGIN"
            " ...'). If the key is in another file, name it with --key"
        )
    return (
        f"{cert!r} and {key!r} do not hold a certificate and its private key in PEM form"
        f" ('-----BEGIN ...'): {error.reason or error}"
    )


def _adhoc_context() -> ssl.SSLContext:
    """Return a context with a certificate of this moment, which no browser trusts.

    Raises:
        CertificateUnfit: The library that makes it is not installed.
    """
    try:
        pem = make_certificate()
    except ImportError as error:
        raise CertificateUnfit(
            "--cert adhoc makes up a certificate, for which the package 'cryptography' is missing."
            " Install it with: pip install 'samovar[adhoc]'"
        ) from error
    # Python's ssl reads keys from files alone.
    with tempfile.TemporaryDirectory(prefix="samovar-") as folder:
        file = Path(folder) / "adhoc.pem"
        file.touch(mode=0o600)
        file.write_bytes(pem)
        return _make_context(str(file), "")

"""The serializer of session cookies: itsdangerous', with what it would do again kept."""

from __future__ import annotations

import hmac
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from itsdangerous import BadData, Signer, TimestampSigner, URLSafeTimedSerializer
from itsdangerous.encoding import base64_decode, base64_encode, bytes_to_int, want_bytes
from itsdangerous.url_safe import URLSafeSerializerMixin

ZLIB_WINDOW_BITS = 12
"""A window of 4 KiB: a cookie that browsers keep is no longer."""

ZLIB_MEMORY_LEVEL = 4
"""The memory that goes with that window."""


WORTH_SQUEEZING = 48
"""Characters from which on compression is tried; it hardly ever makes fewer of them shorter."""

LONGEST_TEXT = 65_536
"""Bytes of text that are looked for in a cookie that is not verified. A browser's cookie of 4 KiB
could hold more by malice alone."""


def payload_text(cookie: bytes) -> bytes | None:
    """Return the JSON text in a cookie, which is not verified; None where there seems to be none.

    Args:
        cookie: What :class:`CookieSerializer` made, or anything else.
    """
    squeezed = cookie.startswith(b".")
    payload = cookie[squeezed:].partition(b".")[0]
    try:
        text = base64_decode(payload)
        if squeezed:
            text = zlib.decompressobj().decompress(text, LONGEST_TEXT)
    except (BadData, zlib.error):
        return None
    return text if text[:1] == b"{" and text[-1:] == b"}" else None


class _RememberingSigner(TimestampSigner):
    """A signer that derives a key from each secret key once.

    PERF: deriving and building a signer anew costs 3 of the 10 µs of reading a cookie.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._derived: dict[str | bytes | None, bytes] = {}

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        key = self._derived.get(secret_key)
        if key is None:
            key = self._derived[secret_key] = super().derive_key(secret_key)
        return key

    def verified(self, value: str | bytes, max_age: int) -> bytes | None:
        """Return what was signed, where signature and age are beyond doubt, else None.

        Whatever else there is to say about a value, :meth:`unsign` says it.

        PERF: nearly all cookies are fine; saves 4 of the 12 µs of reading one.

        Args:
            value: The signed value.
            max_age: The most seconds since it was signed.
        """
        signed, _, signature = want_bytes(value).rpartition(b".")
        if not hmac.compare_digest(self.get_signature(signed), signature):
            return None
        payload, _, stamp = signed.rpartition(b".")
        try:
            age = self.get_timestamp() - bytes_to_int(base64_decode(stamp))
        except (BadData, struct.error):
            return None
        return payload if 0 <= age <= max_age else None


class CookieSerializer(URLSafeTimedSerializer):
    """Signs and reads cookies as :class:`itsdangerous.URLSafeTimedSerializer` does.

    It may be used by many threads. Its secret keys and salt are not to be changed: make another.
    """

    default_signer = _RememberingSigner

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        signer = super().make_signer()
        assert isinstance(signer, _RememberingSigner)  # default_signer makes no other
        self._own_signer = signer

    def make_signer(self, salt: str | bytes | None = None) -> Signer:
        """Return the signer for a salt; for the serializer's own, always the same."""
        return self._own_signer if salt is None else super().make_signer(salt)

    def iter_unsigners(self, salt: str | bytes | None = None) -> Iterator[TimestampSigner]:
        """Return the signers to try: one, which knows all secret keys."""
        signer = self.make_signer(salt)
        assert isinstance(signer, TimestampSigner)  # default_signer makes no other
        yield signer

    def loads(  # type: ignore[override] # itsdangerous itself says so of its own
        self,
        s: str | bytes,
        max_age: int | None = None,
        return_timestamp: bool = False,
        salt: str | bytes | None = None,
    ) -> Any:
        """Return what a cookie says, as :class:`itsdangerous.TimedSerializer` does.

        Raises:
            BadSignature: It was not signed by us, or too long ago.
        """
        if max_age is not None and not return_timestamp and salt is None:
            payload = self._own_signer.verified(s, max_age)
            if payload is not None:
                return self.load_payload(payload)
        return super().loads(s, max_age, return_timestamp, salt)

    def dump_payload(self, obj: Any) -> bytes:
        """Return the payload as URL-safe bytes, compressed (and marked with a dot) where shorter.

        PERF: zlib's default window is 32 KiB, and clearing its tables costs 45 µs per cookie.
        With a window that fits a cookie it costs 2 µs, and anyone's zlib reads the result.
        """
        # The payload before the mixin's own compression.
        text = super(URLSafeSerializerMixin, self).dump_payload(obj)
        if len(text) < WORTH_SQUEEZING:
            return base64_encode(text)
        squeeze = zlib.compressobj(
            zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, ZLIB_WINDOW_BITS, ZLIB_MEMORY_LEVEL
        )
        squeezed = squeeze.compress(text) + squeeze.flush()
        if len(squeezed) < len(text) - 1:
            return b"." + base64_encode(squeezed)
        return base64_encode(text)

"""Compressed copies that lie beside a file: ``app.js.br`` beside ``app.js``.

A build tool makes them once, better than a server could in passing, and no processor time is
spent on it with each request.
"""

from __future__ import annotations

from functools import lru_cache

from werkzeug.http import parse_accept_header

SUFFIXES = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
"""What the name of a copy ends with, by its content coding (RFC 9110, section 8.4.1); what packs
best comes first and is taken where the client has no preference."""

REMEMBERED_WISHES = 64
"""Values of Accept-Encoding whose meaning is remembered. Each kind of browser sends one."""


@lru_cache(maxsize=REMEMBERED_WISHES)
def wanted_codings(accept_encoding: str) -> tuple[str, ...]:
    """Return the codings that a client prefers to none at all, best first.

    Args:
        accept_encoding: The value of the field, which is missing where it is empty.

    >>> wanted_codings("gzip, deflate, br")
    ('br', 'gzip')
    >>> wanted_codings("gzip;q=0.5, zstd;q=0.8, br;q=0")
    ('zstd', 'gzip')
    >>> wanted_codings("identity, gzip;q=0.5")
    ()
    """
    accepted = parse_accept_header(accept_encoding)
    weights = {coding: accepted.quality(coding) for coding in SUFFIXES}
    plain = accepted.quality("identity")
    wanted = [coding for coding, weight in weights.items() if weight > 0 and weight >= plain]
    return tuple(sorted(wanted, key=lambda coding: -weights[coding]))

"""Which compressed copies a client takes (RFC 9110, section 12.5.3)."""

from __future__ import annotations

import pytest

from samovar.files.codings import wanted_codings


@pytest.mark.parametrize(
    ("accept_encoding", "wanted"),
    [
        ("", ()),
        ("gzip", ("gzip",)),
        ("gzip, deflate, br, zstd", ("br", "zstd", "gzip")),
        ("GZIP", ("gzip",)),
        ("br;q=0.5, gzip;q=0.9", ("gzip", "br")),
        ("br;q=0, gzip", ("gzip",)),
        ("*", ("br", "zstd", "gzip")),
        ("*;q=0", ()),
        ("gzip;q=0, *", ("br", "zstd")),
        ("identity", ()),
        ("identity, gzip", ("gzip",)),
        ("identity, gzip;q=0.5", ()),
        ("identity;q=0.5, gzip;q=0.5", ("gzip",)),
        ("gzip;q=nonsense", ()),
        ("compress", ()),
    ],
)
def test_codings_are_wanted_as_the_client_weighs_them(
    accept_encoding: str, wanted: tuple[str, ...]
) -> None:
    assert wanted_codings(accept_encoding) == wanted

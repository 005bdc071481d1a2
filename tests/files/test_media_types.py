"""What a file is, by its name."""

from __future__ import annotations

import mimetypes

import pytest

from samovar.files.media_types import media_type


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("app.js", "text/javascript; charset=utf-8"),
        ("APP.JS", "text/javascript; charset=utf-8"),
        ("app.mjs", "text/javascript; charset=utf-8"),
        ("notes.txt", "text/plain; charset=utf-8"),
        ("notes.md", "text/markdown; charset=utf-8"),
        ("data.json", "application/json"),
        ("app.wasm", "application/wasm"),
        ("app.webmanifest", "application/manifest+json"),
        ("font.woff2", "font/woff2"),
        ("photo.avif", "image/avif"),
        ("logo.svg", "image/svg+xml; charset=utf-8"),
        ("site.tar.gz", "application/gzip"),
        ("backup.tar.bz2", "application/x-bzip2"),
        ("nothing", "application/octet-stream"),
        ("what.unknown-ending", "application/octet-stream"),
        ("data:text,plain.css", "text/css; charset=utf-8"),
    ],
)
def test_type_follows_the_name(name: str, content_type: str) -> None:
    assert media_type(name).of_file() == content_type


def test_script_is_a_script_when_the_system_says_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mimetypes, "guess_type", lambda url: ("text/plain", None))
    assert media_type("app.js").mimetype == "text/javascript"
    assert media_type("notes.txt").mimetype == "text/plain"


def test_type_that_a_program_chose_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mimetypes, "guess_type", lambda url: ("application/x-mine", None))
    assert media_type("app.js").mimetype == "application/x-mine"

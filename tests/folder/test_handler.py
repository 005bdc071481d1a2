"""A folder served over real sockets."""

from __future__ import annotations

import email
import errno
import os
from collections.abc import Iterator, Sequence
from email.utils import formatdate
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samovar.exchange import Reply
from samovar.files import known
from samovar.folder.handler import FolderHandler
from samovar.folder.root import Opened, Root
from tests.support.doors import body_of
from tests.support.exchanges import MadeExchange
from tests.support.http_client import Client, Received
from tests.support.serving import running

LONG_AGO = 1_700_000_000
LARGE = os.urandom(300_000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "docs" / "sub").mkdir(parents=True)
    (folder / "docs" / "index.html").write_text("<h1>Docs</h1>")
    (folder / "list").mkdir()
    (folder / "hello.txt").write_text("hello, world")
    (folder / "large.bin").write_bytes(LARGE)
    (folder / "empty").write_text("")
    (folder / "app.js").write_text("run()")
    (folder / ".env").write_text("SECRET=1")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("secret")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "out.txt").symlink_to("../secret.txt")
    for path in folder.rglob("*.*"):
        if not path.is_symlink():
            os.utime(path, (LONG_AGO, LONG_AGO))
    return folder


@pytest.fixture(params=[-1.0, 1e9], ids=["remembered", "opened"])
def client(
    folder: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    """Return a client of the folder: once with content kept in memory, once without."""
    monkeypatch.setattr(known, "SETTLED", request.param)
    with running(FolderHandler(Root(str(folder)))) as server, Client(server.connect()) as client:
        yield client


def head(client: Client, target: str, extra: str = "") -> Received:
    client.send(f"HEAD {target} HTTP/1.1\r\nHost: test\r\n{extra}\r\n")
    return client.read(bodiless=True)


def test_file_is_sent_with_what_describes_it(client: Client) -> None:
    for _ in range(2):  # anew, and known
        reply = client.get("/hello.txt")
        assert (reply.status, reply.body) == (200, b"hello, world")
        assert reply.fields["content-type"] == "text/plain; charset=utf-8"
        assert reply.fields["last-modified"] == formatdate(LONG_AGO, usegmt=True)
        assert reply.fields["etag"].startswith('"')
        assert reply.fields["accept-ranges"] == "bytes"
        assert reply.fields["cache-control"] == "no-cache"
        assert reply.fields["x-content-type-options"] == "nosniff"
        assert "vary" not in reply.fields
        without_body = head(client, "/hello.txt")
        assert without_body.fields == {**reply.fields, "date": without_body.fields["date"]}
    assert client.get("/large.bin").body == LARGE
    assert client.get("/empty").body == b""


def test_query_makes_no_other_file(client: Client) -> None:
    assert client.get("/hello.txt?v=1").body == b"hello, world"
    assert client.get("http://test/hello.txt?v=1").body == b"hello, world"
    assert client.get("http://test?v=/x//y").status == 200
    assert client.get("http://[test/hello.txt").status in (200, 400)


def test_file_of_unknown_kind_is_text_when_it_reads_as_text(client: Client, folder: Path) -> None:
    (folder / "README").write_text("Grüße\n" * 1000)
    (folder / "latin").write_bytes("Grüße".encode("latin-1"))
    (folder / "zeros").write_bytes(b"a\0b")
    kinds = [client.get(f"/{name}").fields["content-type"] for name in ("README", "latin", "zeros")]
    assert kinds == ["text/plain; charset=utf-8", *["application/octet-stream"] * 2]


def test_change_is_seen_at_once(client: Client, folder: Path) -> None:
    before = client.get("/hello.txt")
    (folder / "hello.txt").write_text("changed")
    after = client.get("/hello.txt")
    assert after.body == b"changed"
    assert after.fields["etag"] != before.fields["etag"]
    (folder / "hello.txt").unlink()
    assert client.get("/hello.txt").status == 404
    (folder / "hello.txt").write_text("back")
    assert client.get("/hello.txt").body == b"back"


def test_folder_shows_its_index(client: Client) -> None:
    reply = client.get("/docs/")
    assert (reply.status, reply.body) == (200, b"<h1>Docs</h1>")
    assert reply.fields["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/docs", "/docs/"),
        ("/docs?a=b&c=%20d", "/docs/?a=b&c=%20d"),
        ("/docs/sub", "/docs/sub/"),
        ("/%64ocs", "/docs/"),
    ],
)
def test_folder_without_slash_redirects(client: Client, target: str, location: str) -> None:
    reply = client.get(target)
    assert (reply.status, reply.fields["location"]) == (301, location)


@pytest.mark.parametrize(
    "target",
    [
        "/missing",
        "/hello.txt/",
        "/hello.txt/x",
        "/docs/missing",
        "/../secret.txt",
        "/docs/../../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/docs/..%00/secret.txt",
        "/hello.txt%00",
        "//hello.txt",
        "//example.com/docs",
        "/docs//sub",
        "/.env",
        "/.git/config",
        "/.git",
        "/%2eenv",
        "/out.txt",
        "/" + "x" * 1000,
        "http://test/../secret.txt",
    ],
)
def test_nothing_but_what_is_shown_is_found(client: Client, target: str) -> None:
    reply = client.get(target)
    assert reply.status == 404
    assert b"secret" not in reply.body
    assert "location" not in reply.fields


def test_failure_of_the_machine_is_not_taken_for_a_missing_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(root: Root, names: Sequence[str]) -> Opened:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(Root, "open", fail)
    with pytest.raises(OSError, match="Too many"):
        FolderHandler(Root(str(folder))).handle(MadeExchange(b"/hello.txt"))


def test_file_that_the_server_may_not_read_is_forbidden(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(root: Root, names: Sequence[str]) -> Opened:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Root, "open", refuse)
    reply = FolderHandler(Root(str(folder))).handle(MadeExchange(b"/hello.txt"))
    assert isinstance(reply, Reply)
    assert reply.status == 403


def test_known_file_that_becomes_a_link_is_not_found(client: Client, folder: Path) -> None:
    assert client.get("/hello.txt").status == 200
    (folder / "hello.txt").unlink()
    (folder / "hello.txt").symlink_to("../secret.txt")
    assert client.get("/hello.txt").status == 404


def test_own_page_is_shown_for_what_is_missing(client: Client, folder: Path) -> None:
    (folder / "404.html").write_text("<h1>Lost?</h1>")
    reply = client.get("/docs/missing")
    assert (reply.status, reply.body) == (404, b"<h1>Lost?</h1>")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_not_allowed(client: Client, method: str) -> None:
    client.send(f"{method} /hello.txt HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n")
    reply = client.read()
    assert (reply.status, reply.fields["allow"]) == (405, "GET, HEAD")


def test_body_of_another_method_is_not_taken(client: Client) -> None:
    client.send(b"POST /hello.txt HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nsome data")
    assert client.read().status == 405


def test_unchanged_file_is_not_sent_again(client: Client) -> None:
    fields = client.get("/hello.txt").fields
    for condition in (
        f"If-None-Match: {fields['etag']}\r\n",
        f'If-None-Match: "old", W/{fields["etag"]}\r\n',
        f"If-Modified-Since: {fields['last-modified']}\r\n",
    ):
        for reply in (client.get("/hello.txt", condition), head(client, "/hello.txt", condition)):
            assert (reply.status, reply.body) == (304, b"")
            assert reply.fields["etag"] == fields["etag"]
            assert "content-length" not in reply.fields
    for condition in ('If-None-Match: "old"\r\n', f"If-Modified-Since: {formatdate(0)}\r\n"):
        assert client.get("/hello.txt", condition).body == b"hello, world"
    assert client.get("/hello.txt", 'If-Match: "old"\r\n').status == 412


def test_part_is_sent_when_asked_for(client: Client) -> None:
    reply = client.get("/large.bin", "Range: bytes=100-200099\r\n")
    assert (reply.status, reply.body) == (206, LARGE[100:200_100])
    assert reply.fields["content-range"] == "bytes 100-200099/300000"
    small = client.get("/hello.txt", "Range: bytes=-5\r\n")
    assert (small.status, small.body) == (206, b"world")
    etag = small.fields["etag"]
    part = client.get("/hello.txt", f"Range: bytes=0-4\r\nIf-Range: {etag}\r\n")
    assert (part.status, part.body) == (206, b"hello")
    whole = client.get("/hello.txt", 'Range: bytes=0-4\r\nIf-Range: "old"\r\n')
    assert (whole.status, whole.body) == (200, b"hello, world")


def test_several_parts_are_sent_when_asked_for(client: Client) -> None:
    reply = client.get("/large.bin", "Range: bytes=0-9,100000-200000\r\n")
    message = email.message_from_bytes(
        f"Content-Type: {reply.fields['content-type']}\r\n\r\n".encode() + reply.body
    )
    parts = message.get_payload()
    assert isinstance(parts, list)
    assert [part["Content-Range"] for part in parts] == [  # type: ignore[index]  # messages
        "bytes 0-9/300000",
        "bytes 100000-200000/300000",
    ]
    assert LARGE[:10] in reply.body
    assert LARGE[100_000:200_001] in reply.body
    assert client.get("/hello.txt").status == 200  # the connection is in order


def test_part_behind_the_end_is_refused(client: Client) -> None:
    reply = client.get("/hello.txt", "Range: bytes=12-\r\n")
    assert (reply.status, reply.fields["content-range"]) == (416, "bytes */12")


def compress(folder: Path, name: str, mtime: int = LONG_AGO) -> None:
    for suffix in (".br", ".gz", ".zst"):
        copy = folder / (name + suffix)
        copy.write_text(f"packed as {suffix}")
        os.utime(copy, (mtime, mtime))


def test_compressed_copy_is_sent_to_those_who_take_it(client: Client, folder: Path) -> None:
    compress(folder, "app.js")
    tags = set()
    for accepted, coding, body in [
        ("gzip", "gzip", b"packed as .gz"),
        ("gzip, br", "br", b"packed as .br"),
        ("br;q=0.1, zstd", "zstd", b"packed as .zst"),
        ("br;q=0, *;q=0", None, b"run()"),
        ("", None, b"run()"),
    ]:
        reply = client.get("/app.js", f"Accept-Encoding: {accepted}\r\n")
        assert (reply.status, reply.body) == (200, body)
        assert reply.fields.get("content-encoding") == coding
        assert reply.fields["content-type"] == "text/javascript; charset=utf-8"
        assert reply.fields["vary"] == "Accept-Encoding"
        tags.add(reply.fields["etag"])
    assert len(tags) == 4


def test_conditions_and_parts_are_those_of_the_compressed_copy(
    client: Client, folder: Path
) -> None:
    compress(folder, "app.js")
    plain = client.get("/app.js").fields["etag"]
    packed = client.get("/app.js", "Accept-Encoding: gzip\r\n").fields["etag"]
    accept = "Accept-Encoding: gzip\r\nIf-None-Match: "
    assert client.get("/app.js", f"{accept}{plain}\r\n").status == 200
    unchanged = client.get("/app.js", f"{accept}{packed}\r\n")
    assert (unchanged.status, unchanged.fields["vary"]) == (304, "Accept-Encoding")
    part = client.get("/app.js", "Accept-Encoding: gzip\r\nRange: bytes=0-5\r\n")
    assert (part.body, part.fields["content-encoding"]) == (b"packed", "gzip")


def test_compressed_copy_is_left_out_when_the_file_is_newer(client: Client, folder: Path) -> None:
    compress(folder, "app.js", LONG_AGO - 1)
    reply = client.get("/app.js", "Accept-Encoding: gzip, br\r\n")
    assert reply.body == b"run()"
    assert "vary" not in reply.fields


def test_file_is_changed_while_its_compressed_copy_is_known(client: Client, folder: Path) -> None:
    compress(folder, "app.js")
    accept = "Accept-Encoding: gzip\r\n"
    assert client.get("/app.js", accept).body == b"packed as .gz"
    (folder / "app.js").write_text("run2()")
    assert client.get("/app.js", accept).body == b"run2()"


def test_archive_is_sent_as_it_is(client: Client, folder: Path) -> None:
    (folder / "site.tar.gz").write_bytes(b"packed")
    reply = client.get("/site.tar.gz", "Accept-Encoding: gzip\r\n")
    assert reply.fields["content-type"] == "application/gzip"
    assert "content-encoding" not in reply.fields


class _Links(HTMLParser):
    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.tags: set[str] = set()
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "a":
            self.hrefs.append(dict(attrs)["href"] or "")


def test_listing_links_to_all_entries_whatever_their_names(client: Client, folder: Path) -> None:
    names = ["<script>alert(1)<", "\"' onclick=x", "a:b?c#d%20e", "Straße", "&amp;"]
    for name in (*names, os.fsdecode(b"\xff")):
        (folder / "list" / name).write_text(name, errors="surrogateescape")
    page = client.get("/list/")
    assert (page.status, page.fields["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.fields["content-security-policy"]
    links = _Links(page.body)
    assert "script" not in links.tags
    contents = set()
    for href in links.hrefs:
        if href.startswith("./") and href != "./":
            reply = client.get(urljoin("/list/", href))
            assert reply.status == 200
            contents.add(reply.body)
    assert contents == {*(name.encode() for name in names), b"\xff"}


def test_listing_hides_what_is_not_served(client: Client) -> None:
    page = client.get("/").body
    assert b"hello.txt" in page
    for hidden in (b".env", b".git", b"out.txt"):
        assert hidden not in page


def test_listing_keeps_its_order_on_the_way_down_and_up(client: Client, folder: Path) -> None:
    (folder / "list" / "deeper").mkdir()
    hrefs = _Links(client.get("/list/?sort=size&order=desc").body).hrefs
    assert "./deeper/?sort=size&order=desc" in hrefs
    assert "/?sort=size&order=desc" in hrefs
    assert "?sort=size&order=asc" in hrefs
    assert "./" in hrefs  # by name


def test_link_leads_out_when_it_may(folder: Path) -> None:
    handler = FolderHandler(Root(str(folder), follows_symlinks=True))
    with running(handler) as server, Client(server.connect()) as client:
        assert client.get("/out.txt").body == b"secret"
        assert b"out.txt" in client.get("/").body
        assert client.get("/.env").status == 404
        assert client.get("/../secret.txt").status == 404


PIECES = [
    *("..", ".", "", "out.txt", "secret.txt", "site", "docs", "hello.txt", ".env", "escape"),
    *("%2e%2e", "%2e", "%2f", "..%2f", "%5c", "\\", "%00", "..;", "%c0%ae%c0%ae", "%252e%252e"),
    *("?", "#", "/", "%", "%2", "~", "*", ":", "C:", "\xff"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=8), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_path_leads_out(folder: Path, pieces: list[str], joined: bool) -> None:
    if not (folder / "escape").is_symlink():
        (folder / "escape").symlink_to("..")
    target = "/" + ("" if joined else "/").join(pieces)
    handler = FolderHandler(Root(str(folder)))
    reply = handler.handle(MadeExchange(target.encode("latin-1")))
    assert isinstance(reply, Reply)
    content = body_of(reply).lower()
    assert b"secret" not in content
    # Nor do redirects lead to another site.
    assert not dict(reply.fields).get("Location", "").startswith("//")

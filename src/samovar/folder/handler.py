"""Answers requests with what lies in a folder."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from io import FileIO
from urllib.parse import quote, quote_from_bytes

from samovar.exchange import Answer, BodyPolicy, Exchange, FileSegment, Reply, ReplyFields
from samovar.files.codings import SUFFIXES
from samovar.files.conditions import NAMES, conditions_of
from samovar.files.content import FileContent
from samovar.files.known import Known, KnownFile, Memory
from samovar.files.selection import Selection, select
from samovar.folder.description import describe, is_page
from samovar.folder.listing import entries_of, order_of
from samovar.folder.live import MAX_PAGE, Live
from samovar.folder.pages import PAGE_FIELDS, error_page, listing_page
from samovar.folder.root import Opened, Root, names_of

INDEX_NAMES = ("index.html", "index.htm")
"""What is shown of a folder instead of a listing."""

ERROR_PAGE = "404.html"
"""What a site shows instead of our page for what is not there, where it has one."""

_MISSING = frozenset(
    (
        errno.ENOENT,
        errno.ENOTDIR,
        errno.ELOOP,
        errno.EMLINK,
        errno.ENAMETOOLONG,
        errno.EINVAL,
        errno.ENXIO,  # a socket in the file system
    )
)
"""What systems say of names that lead to nothing."""

_NO_BODY = BodyPolicy(limit=0)

_LIVE_FIELDS = (("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"))


class FolderHandler:
    """Serves a folder; see :class:`samovar.exchange.Handler`.

    PERF: a file of 10 kB costs 3 us here while it is known, one of 1 MB 8 us.

    Args:
        root: The folder.
        live: Has browsers reload when a file changes, or None.
    """

    def __init__(self, root: Root, live: Live | None = None) -> None:
        self._root = root
        self._live = live
        self._memory = Memory[bytes]()

    def handle(self, exchange: Exchange) -> Answer:
        """Answer a request."""
        if exchange.method not in ("GET", "HEAD"):
            return self._error(405, (("Allow", "GET, HEAD"),))
        path, _, query = exchange.target.partition(b"?")
        known = self._memory.recall(path)
        if known is not None:
            reply = self._send(exchange, known)
            if reply is not None:
                return reply
            self._memory.forget(path)
        if path[:1] != b"/":
            # A whole URI, as proxies are asked (RFC 9112, section 3.2.2).
            path = b"/" + path.partition(b"//")[2].partition(b"/")[2]
        if self._live is not None:
            answer = self._live.answer(path)
            if answer is not None:
                return answer
        try:
            return self._look_up(exchange, path, query)
        except PermissionError:
            return self._error(403)

    def body_policy(self, exchange: Exchange) -> BodyPolicy:
        """Take no body: nothing here has a use for one."""
        return _NO_BODY

    def caught_blocking(self, exchange: Exchange) -> None:
        """Do nothing: a disk that is slow now may be quick the next time."""

    def _look_up(self, exchange: Exchange, path: bytes, query: bytes) -> Reply:
        """Find out what a path names, and answer with it."""
        names = names_of(path)
        if names is None:
            return self._missing()
        opened = self._open(names)
        if opened is None:
            return self._missing()
        if opened.is_folder:
            try:
                return self._answer_folder(exchange, path, query, names, opened)
            finally:
                opened.close()
        if not opened.is_file or path.endswith(b"/"):
            opened.close()
            return self._missing()
        return self._answer_file(exchange, path, names, opened)

    def _open(self, names: Sequence[str]) -> Opened | None:
        """Open what lies at these names, or return None where that is nothing to be shown.

        Raises:
            OSError: It cannot be opened, though it is there: that is no fault of the client's.
        """
        try:
            return self._root.open(names)
        except OSError as error:
            if error.errno in _MISSING:
                return None
            raise

    def _answer_folder(
        self, exchange: Exchange, path: bytes, query: bytes, names: list[str], folder: Opened
    ) -> Reply:
        if not path.endswith(b"/"):
            # Taken apart and put together anew: "//host" would be another site's address.
            location = "/" + "".join(f"{quote(os.fsencode(name))}/" for name in names)
            if query:
                location += "?" + quote_from_bytes(query, safe="!$&'()*+,;=:@/?%[]")
            return self._error(301, (("Location", location),))
        for name in INDEX_NAMES:
            opened = self._open([*names, name])
            if opened is not None and opened.is_file:
                return self._answer_file(exchange, path, [*names, name], opened)
            if opened is not None:
                opened.close()
        # A large folder takes its time.
        exchange.about_to_block()
        order = order_of(query)
        tag = self._tag()
        listing = entries_of(folder, self._root, order)
        title = os.path.basename(self._root.path) or self._root.path
        return Reply(200, PAGE_FIELDS, listing_page(title, names, listing, order) + tag)

    def _answer_file(
        self, exchange: Exchange, path: bytes, names: list[str], opened: Opened
    ) -> Reply:
        found = self._copies(names, opened)
        plain = describe(opened, names[-1], has_copies=bool(found))
        copies = {
            coding: describe(copy, names[-1], coding, has_copies=True)
            for coding, copy in found.items()
        }
        known = self._memory.note(path, plain, copies)
        # It may have changed again since it was opened: the next request will tell.
        return self._send(exchange, known) or self._error(503, (("Retry-After", "1"),))

    def _copies(self, names: list[str], original: Opened) -> Mapping[str, Opened]:
        """Open the compressed copies of a file; one that is older than the file is out of date."""
        found = {}
        for coding, suffix in SUFFIXES.items():
            try:
                opened = self._open([*names[:-1], names[-1] + suffix])
            except PermissionError:
                continue
            if opened is None:
                continue
            if opened.is_file and opened.status.st_mtime_ns >= original.status.st_mtime_ns:
                found[coding] = opened
            else:
                opened.close()
        return found

    def _send(self, exchange: Exchange, known: Known) -> Reply | None:
        """Answer with a file, or return None where it is not as it was."""
        file = known.plain
        if self._live is not None and is_page(file) and file.whole.size <= MAX_PAGE:
            return self._send_live(file)
        named = dict(exchange.fields)
        if known.copies:
            if not file.is_unchanged():
                return None
            file = known.preferred(named.get(b"accept-encoding", b""))
        if not NAMES.isdisjoint(named):
            conditions = conditions_of(exchange.fields)
            assert conditions is not None, "one of their names is there"
            return self._send_selected(file, select(file.whole, conditions, exchange.method))
        if file.content is not None:
            # PERF: to see that it is the same takes 1 us, to open, read and close it 10 us.
            return Reply(200, file.fields, file.content) if file.is_unchanged() else None
        opened = file.open()
        if opened is None:
            return None
        return Reply(200, file.fields, FileSegment(opened, 0, file.whole.size))

    def _send_selected(self, file: KnownFile, selection: Selection) -> Reply | None:
        if selection.status == 304:
            return Reply(304, selection.fields) if file.is_unchanged() else None
        if not selection.spans:
            return self._error(selection.status, selection.fields)
        opened = file.open()
        if opened is None:
            return None
        body = FileContent(opened, selection.spans, selection.heads)
        if selection.heads:
            return Reply(selection.status, selection.fields, body)
        start, stop = selection.spans[0]
        return Reply(selection.status, selection.fields, FileSegment(opened, start, stop - start))

    def _send_live(self, file: KnownFile) -> Reply | None:
        """Answer with a page that reloads itself."""
        tag = self._tag()
        opened = file.open()
        if opened is None:
            return None
        with opened:
            return Reply(200, _LIVE_FIELDS, opened.read() + tag)

    def _missing(self) -> Reply:
        """Answer 404, with the site's own page where it has one."""
        tag = self._tag()
        try:
            opened = self._open([ERROR_PAGE])
        except PermissionError:
            opened = None
        if opened is None:
            return self._error(404)
        if not opened.is_file or opened.status.st_size > MAX_PAGE:
            opened.close()
            return self._error(404)
        assert opened.descriptor is not None, "only folders have none"
        with FileIO(opened.descriptor) as file:
            return Reply(404, _LIVE_FIELDS, file.read() + tag)

    def _error(self, status: int, fields: ReplyFields = ()) -> Reply:
        return Reply(status, (*PAGE_FIELDS, *fields), error_page(status) + self._tag())

    def _tag(self) -> bytes:
        return b"" if self._live is None else self._live.tag()

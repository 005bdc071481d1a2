"""Exchanges made by hand, for tests of what stands on either side of the waist."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

from samovar.exchange import Exchange, RequestFields
from samovar.server.environ import build_environ


class MadeExchange(Exchange):
    """A request that no socket carried.

    Attributes:
        blocked: How often the handler called :meth:`about_to_block`.
    """

    def __init__(
        self,
        target: bytes = b"/",
        fields: RequestFields | None = None,
        *,
        method: str = "GET",
        body: bytes = b"",
        length: int | None = 0,
        peer: tuple[Any, ...] | str = ("127.0.0.1", 40000),
    ) -> None:
        self.method = method
        self.target = target
        self.fields = fields or []
        self.http_version = "1.1"
        self.scheme = "http"
        self.peer = peer
        self.note = None
        self.length = length
        self.file = io.BytesIO(body)
        self.blocked = 0

    @property
    def body(self) -> BinaryIO:
        return self.file

    @property
    def content_length(self) -> int | None:
        return self.length

    def environ(self) -> dict[str, Any]:
        return build_environ(self, server=("127.0.0.1", 5000), multithread=True, multiprocess=False)

    def about_to_block(self) -> None:
        self.blocked += 1

"""A client that sees every byte: one connection, replies read one by one."""

from __future__ import annotations

import socket
from typing import NamedTuple, Self


class Received(NamedTuple):
    """A reply as it came.

    Attributes:
        status: The status code.
        fields: Field names in lower case to values; a repeated field keeps its last value.
        body: The body, out of its chunks.
    """

    status: int
    fields: dict[str, str]
    body: bytes


class Client:
    """Speaks HTTP/1.1 over a socket, which it closes at the end of its ``with`` block."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._file = sock.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; harmless the second time."""
        self._file.close()
        self.sock.close()

    def get(self, target: str = "/", extra: str = "") -> Received:
        """Send a GET and read the reply."""
        self.send(f"GET {target} HTTP/1.1\r\nHost: test\r\n{extra}\r\n")
        return self.read()

    def send(self, data: str | bytes) -> None:
        """Send bytes, or text as latin-1."""
        self.sock.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def read(self, *, bodiless: bool = False) -> Received:
        """Read a reply; ``bodiless`` for one to HEAD."""
        status, fields = self.read_head()
        if bodiless or status in (100, 204, 304):
            return Received(status, fields, b"")
        if fields.get("transfer-encoding") == "chunked":
            return Received(status, fields, b"".join(self.read_chunks()))
        if "content-length" in fields:
            return Received(status, fields, self._file.read(int(fields["content-length"])))
        return Received(status, fields, self._file.read())

    def read_head(self) -> tuple[int, dict[str, str]]:
        """Read status line and field lines."""
        line = self._file.readline().decode("latin-1")
        if not line:
            raise ConnectionError("the server closed the connection")
        fields = {}
        while (field := self._file.readline().decode("latin-1").rstrip("\r\n")) != "":
            name, _, value = field.partition(": ")
            fields[name.lower()] = value
        return int(line.split()[1]), fields

    def read_chunk(self) -> bytes:
        """Read one chunk; ``b""`` is the last one."""
        size = int(self._file.readline(), 16)
        data = self._file.read(size)
        self._file.readline()
        return data

    def read_chunks(self) -> list[bytes]:
        """Read all chunks."""
        chunks = []
        while chunk := self.read_chunk():
            chunks.append(chunk)
        return chunks

    def is_closed(self) -> bool:
        """Wait for the next byte or the end; whether it is the end."""
        return not self._file.read(1)

"""The places that ``--bind`` can name: what is written, and what it means."""

from __future__ import annotations

from typing import NamedTuple

HIGHEST_PORT = 65_535

EXAMPLES = (
    "127.0.0.1:8000, :8000 for all interfaces, [::1]:8000, unix:/run/shop.sock, or fd://3"
    " for a socket that is open already"
)


class HostPort(NamedTuple):
    """A TCP port of an interface; the host ``""`` means all interfaces, port 0 any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class UnixPath(NamedTuple):
    """A Unix socket in the file system."""

    path: str

    def __str__(self) -> str:
        return f"unix:{self.path}"


class Descriptor(NamedTuple):
    """A listening socket that this process was started with.

    Attributes:
        name: The number of its file descriptor, or the name that systemd gave it
            (``FileDescriptorName=``).
    """

    name: str

    def __str__(self) -> str:
        return f"fd://{self.name}"


Place = HostPort | UnixPath | Descriptor


def parse_place(text: str) -> Place:
    """Return what a value of ``--bind`` means.

    >>> parse_place("[::1]:8000")
    HostPort(host='::1', port=8000)

    Raises:
        ValueError: It means nothing; the message says what to write.
    """
    if text.startswith("unix:"):
        path = text.removeprefix("unix:")
        path = path.removeprefix("//")
        if not path:
            raise ValueError(f"{text!r} names no path: write for instance unix:/run/shop.sock.")
        return UnixPath(path)
    if text.startswith("fd://"):
        name = text.removeprefix("fd://")
        if not name:
            raise ValueError(f"{text!r} names no descriptor: write for instance fd://3.")
        return Descriptor(name)
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(
            f"{text!r} leaves open where the address ends and the port begins: write an IPv6"
            f" address in brackets, for instance [{host}]:{port}."
        )
    if not colon or not (port.isascii() and port.isdecimal()) or int(port) > HIGHEST_PORT:
        raise ValueError(f"{text!r} is no place to listen at: write for instance {EXAMPLES}.")
    return HostPort(host, int(port))

"""What a proxy says about where a request came from, and whose word counts.

X-Forwarded-For, -Proto, -Host, -Port and -Prefix are customs; Forwarded is RFC 7239. Both are
lists to which each proxy on the way adds at the right. So they are read from the right, for as
long as the speaker is trusted; what stands further left may be anybody's invention.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple

from samovar.exchange import RequestFields

UNIX = "unix"
"""Stands for whoever connects to a Unix socket."""

KINDS = ("for", "proto", "host", "port", "prefix")
"""What X-Forwarded-... can say."""

FORWARDED = "forwarded"
"""Stands for the field Forwarded."""

NAMES = {b"x-forwarded-" + kind.encode(): kind for kind in KINDS}
"""The fields that are read, beside Forwarded. A name with an underscore is never one of them."""

REMEMBERED_ADDRESSES = 1024
"""Addresses whose meaning is remembered: reading one costs microseconds, and the same clients
come again."""

_SCHEMES = {b"http": "http", b"https": "https", b"ws": "http", b"wss": "https"}
_DEFAULT_PORTS = {"http": b"80", "https": b"443"}

_PREFIX = re.compile(r"(?:/(?!\.\.?(?:/|$))[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+")
"""A path without empty or dotted segments: two slashes in front would name another host."""

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PAIR = re.compile(
    rb'[ \t]*(?:(%b)=(?:"((?:[^"\\]|\\.)*)"|(%b)))?[ \t]*([;,]|$)' % (_TOKEN, _TOKEN)
)
"""``forwarded-pair`` and what ends it (RFC 7239, section 4)."""

Network = IPv4Network | IPv6Network


class Malformed(ValueError):
    """The field Forwarded cannot be read, and half of it must not be."""


class Hop(NamedTuple):
    """An address that a proxy named: as text, and whether it is itself a trusted proxy."""

    host: str
    trusted: bool


class Origin(NamedTuple):
    """Where a request came from, as far as trusted proxies say.

    Attributes:
        client: The client's address, or None.
        scheme: ``"http"`` or ``"https"``, or None.
        host: What the Host field was, or None.
        port: The port that the client connected to, or None.
        prefix: The path that the proxy took away, or ``""``.
    """

    client: str | None = None
    scheme: str | None = None
    host: bytes | None = None
    port: bytes | None = None
    prefix: str = ""


def parse_network(text: str) -> Network:
    """Return the network (or single address) that an operator named.

    Raises:
        ValueError: It is none; the message says what to write.
    """
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            f"{text!r} is no address of a proxy: write for instance 127.0.0.1, 10.0.0.0/8, ::1, or"
            f" {UNIX} for whoever connects to a Unix socket."
        ) from None


def check_kinds(kinds: Iterable[str]) -> None:
    """Refuse names of fields that are not known, or that exclude each other.

    Raises:
        ValueError: The message says what to write.
    """
    chosen = tuple(kinds)
    for kind in chosen:
        if kind not in (*KINDS, FORWARDED):
            known = ", ".join((*KINDS, FORWARDED))
            raise ValueError(f"{kind!r} is nothing that a proxy says: choose from {known}.")
    if FORWARDED in chosen and len(chosen) > 1:
        raise ValueError(
            f"Name {FORWARDED!r} alone: a proxy that writes Forwarded passes X-Forwarded-... on as"
            " its client sent it."
        )


class Proxies:
    """The proxies that are trusted.

    Args:
        trusted: Addresses, networks, and ``"unix"``.
        kinds: What of their word counts; empty for all of X-Forwarded-..., or Forwarded where a
            request has none of these.
    """

    def __init__(self, trusted: Iterable[str], kinds: Iterable[str] = ()) -> None:
        self._networks = [parse_network(text) for text in trusted if text != UNIX]
        self._trusts_unix = UNIX in trusted
        chosen = tuple(kinds)
        self._kinds = frozenset(chosen or KINDS) - {FORWARDED}
        self._takes_forwarded = not chosen or FORWARDED in chosen
        self._read: Callable[[bytes], Hop | None] = lru_cache(REMEMBERED_ADDRESSES)(self._read_node)

    def trusts(self, peer: tuple[Any, ...] | str) -> bool:
        """Whether the word of a connection's peer counts."""
        if isinstance(peer, str):
            return self._trusts_unix
        hop = self._read(peer[0].encode())
        return hop is not None and hop.trusted

    def origin(self, fields: RequestFields) -> Origin:
        """Return where a request came from that a trusted proxy passed on.

        Raises:
            Malformed: The field Forwarded cannot be read.
        """
        said: dict[str, list[bytes]] = {}
        forwarded: list[bytes] = []
        for name, value in fields:
            kind = NAMES.get(name)
            if kind in self._kinds:
                said.setdefault(kind, []).extend(map(bytes.strip, value.split(b",")))
            elif name == b"forwarded":
                forwarded.append(value)
        if said:
            return self._from_customs(said)
        if forwarded and self._takes_forwarded:
            return self._from_standard([hop for line in forwarded for hop in parse_forwarded(line)])
        return Origin()

    def _from_customs(self, said: dict[str, list[bytes]]) -> Origin:
        client, hops = self._find_client(said.get("for", []))

        def of_client(kind: str) -> bytes:
            """Return what the proxy said that met the client; one value was said by the first."""
            values = said.get(kind)
            if not values:
                return b""
            return values[-hops] if hops <= len(values) else values[0]

        prefix = str(of_client("prefix"), "latin-1").rstrip("/")
        port = of_client("port")
        return Origin(
            client,
            _SCHEMES.get(of_client("proto").lower()),
            of_client("host") or None,
            port if port.isdigit() and len(port) <= 5 else None,
            prefix if _PREFIX.fullmatch(prefix) else "",
        )

    def _from_standard(self, hops: list[dict[bytes, bytes]]) -> Origin:
        client, back = self._find_client([hop.get(b"for", b"") for hop in hops])
        said = hops[-back] if back <= len(hops) else {}
        scheme = _SCHEMES.get(said.get(b"proto", b"").lower())
        return Origin(client, scheme, said.get(b"host") or None)

    def _find_client(self, nodes: list[bytes]) -> tuple[str | None, int]:
        """Return the rightmost address that is no trusted proxy's, and its place from the right.

        Where all are trusted it is the leftmost: a request that a proxy made itself.
        """
        client: str | None = None
        place = 0
        for node in reversed(nodes):
            hop = self._read(node)
            if hop is None:
                break  # "unknown", or a name that is to hide the address
            client = hop.host
            place += 1
            if not hop.trusted:
                break
        return client, max(place, 1)

    def _read_node(self, node: bytes) -> Hop | None:
        """Read an address, perhaps with a port; None where it is none."""
        text = str(node, "latin-1").strip('"')
        if text.startswith("["):
            text = text[1:].partition("]")[0]
        elif text.count(":") == 1:
            text = text.partition(":")[0]
        try:
            address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
        except ValueError:
            return None
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return Hop(str(address), any(address in network for network in self._networks))


def parse_forwarded(value: bytes) -> list[dict[bytes, bytes]]:
    """Return the parameters of each hop in a Forwarded field, names lower-case.

    >>> parse_forwarded(b'for="[::1]:80";proto=https, for=192.0.2.1')
    [{b'for': b'[::1]:80', b'proto': b'https'}, {b'for': b'192.0.2.1'}]

    Raises:
        Malformed: It does not follow RFC 7239, section 4. A quote that is left open by a client
            could hide what proxies wrote behind it.
    """
    hops: list[dict[bytes, bytes]] = [{}]
    at = 0
    while True:
        match = _PAIR.match(value, at)
        if match is None:
            raise Malformed("The Forwarded field is malformed.")
        name, quoted, token, end = match.groups()
        if name is not None:
            content = re.sub(rb"\\(.)", rb"\1", quoted) if quoted is not None else token
            if hops[-1].setdefault(name.lower(), content) != content:
                raise Malformed("The Forwarded field says a thing twice.")
        at = match.end()
        if end == b",":
            hops.append({})
        elif not end:
            return hops


def with_port(host: bytes, port: bytes, scheme: str) -> bytes:
    """Return a host with another port, which is left out where it is the usual one."""
    name = host[: host.rindex(b"]") + 1] if b"]" in host else host.partition(b":")[0]
    return name if port == _DEFAULT_PORTS[scheme] else b"%b:%b" % (name, port)

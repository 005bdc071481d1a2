"""Listening sockets, and clear words where there can be none."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from samovar.server.place import Descriptor, HostPort, UnixPath, parse_place
from samovar.server.port_holder import Holder, find_holder
from samovar.server.settings import Settings
from samovar.server.systemd import PassedSocket, passed_sockets
from samovar.server.unix_socket import listen_at, remove_left

BACKLOG = 2048
"""Connections that may wait in the system's queue to be accepted. A page of many parts or a
benchmark opens hundreds at once; Linux cuts the figure down to net.core.somaxconn."""

TRIES_FOR_ONE_PORT = 16
"""How often a free port is asked for, until it is free on every address of the host."""

NEARBY_PORTS = 50
"""How many ports after a taken one are tried to find one to suggest."""


class PortTaken(OSError):
    """Another program listens on the port.

    Attributes:
        host: The host that was to be listened on.
        port: The port that is taken.
        holder: Who holds it, for instance ``"python3 (pid 123)"``, or ``""`` if unknown.
        suggestion: The next free port, or None where there is none nearby.
        option: How to choose another one on the command line; ``%d`` stands for it.
    """

    def __init__(
        self,
        host: str,
        port: int,
        holder: Holder | None,
        suggestion: int | None,
        option: str = "--port %d",
    ) -> None:
        self.host = host
        self.port = port
        self.holder = str(holder or "")
        self.suggestion = suggestion
        by = f" by {holder}" if holder else " by another program"
        ways = []
        if suggestion is not None:
            ways.append(f"use the next free one with {option % suggestion}")
        if sys.platform == "darwin" and holder:
            ways.append("switch it off under System Settings, General, AirDrop & Handoff")
        elif holder and holder.pid:
            ways.append(f"stop that program with: kill {holder.pid}")
        advice = " or ".join(ways) or f"choose another one with {option.split()[0]}"
        super().__init__(f"Port {port} is taken{by}. You can {advice}")
        self.errno = errno.EADDRINUSE


class PortForbidden(PermissionError):
    """This user may not listen on the port.

    Attributes:
        host: The host that was to be listened on.
        port: The port.
        suggestion: A port that needs no special right.
        option: How to choose another one on the command line; ``%d`` stands for it.
    """

    def __init__(self, host: str, port: int, option: str = "--port %d") -> None:
        self.host = host
        self.port = port
        self.suggestion = 8443 if port == 443 else 8080
        super().__init__(
            f"Port {port} is reserved: ports below 1024 need the rights of an administrator. "
            f"Use another one with {option % self.suggestion}"
        )
        self.errno = errno.EACCES


class HostUnknown(OSError):
    """The host has no address that this machine could listen on.

    Attributes:
        host: The host as it was given.
    """

    def __init__(self, host: str, reason: str) -> None:
        self.host = host
        super().__init__(
            f"Cannot listen on the host {host!r}: {reason}. Use --host 127.0.0.1 to be reached "
            "from this machine alone, or --host 0.0.0.0 to be reached from others too"
        )
        self.errno = errno.EADDRNOTAVAIL


class NotListening(OSError):
    """What was given as a listening socket is none.

    Attributes:
        name: The descriptor's number, or its name.
    """

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(
            f"fd://{name} cannot be listened on: {reason}. Whatever starts this program has to"
            " open the socket, listen on it, and pass it on"
        )
        self.errno = errno.ENOTSOCK


class Address(NamedTuple):
    """One address to listen on."""

    family: socket.AddressFamily
    sockaddr: tuple[Any, ...]


def bind(settings: Settings) -> list[socket.socket]:
    """Open the listening sockets.

    Args:
        settings: Its ``bind`` says where. Without it, the sockets that systemd passed to this
            process are taken; without those, its ``host`` is a name, an IPv4 or an IPv6 address,
            or ``""`` for all interfaces, and its ``port`` is 0 to let the system choose.

    Returns:
        Sockets that are bound, listening, non-blocking and not inherited by programs that are
        started; for a host one for each address, IPv4 first, all on the same port. The caller
        closes them, and has :func:`samovar.server.unix_socket.remove_left` remove Unix sockets.

    Raises:
        PortTaken: If another program listens there.
        PortForbidden: If this user may not listen on the port.
        HostUnknown: If the host has no address on this machine.
        SocketTaken: If another program listens on the Unix socket.
        PathUnfit: If there can be no Unix socket at the path.
        NotListening: If a descriptor that was passed is no listening socket.
        OSError: If the system refuses for another reason.
    """
    if not settings.bind:
        passed = passed_sockets()
        if passed:
            return [_adopt(str(one.descriptor), one.descriptor) for one in passed]
        return _bind_host(settings.host, settings.port, "--port %d")
    passed = []
    if any(text.startswith("fd://") for text in settings.bind):
        passed = passed_sockets()
    with ExitStack() as on_error:
        opened: list[socket.socket] = []
        for text in settings.bind:
            for listening in _open(text, settings, passed):
                on_error.callback(close_all, [listening])
                opened.append(listening)
        on_error.pop_all()
    return opened


def close_all(listeners: Sequence[socket.socket]) -> None:
    """Close listening sockets, and remove the files of Unix sockets that nobody else holds."""
    addresses = [listener.getsockname() for listener in listeners if listener.fileno() >= 0]
    for listener in listeners:
        listener.close()
    remove_left(addresses)


def _open(text: str, settings: Settings, passed: list[PassedSocket]) -> list[socket.socket]:
    """Open what one value of ``bind`` names."""
    match parse_place(text):
        case HostPort(host, port):
            shown = f"[{host}]" if ":" in host else host
            return _bind_host(host, port, f"--bind {shown}:%d")
        case UnixPath(path):
            return [listen_at(path, settings.unix_mode, BACKLOG)]
        case Descriptor(name):
            if name.isdecimal():
                return [_adopt(name, int(name))]
            found = [one.descriptor for one in passed if one.name == name]
            if not found:
                names = ", ".join(sorted({one.name for one in passed})) or "none"
                raise NotListening(name, f"systemd passed no socket of this name, but {names}")
            return [_adopt(name, descriptor) for descriptor in found]


def _adopt(name: str, descriptor: int) -> socket.socket:
    """Take a listening socket that this process was started with."""
    try:
        listening = socket.socket(fileno=descriptor)
    except OSError as error:
        reason = "no such descriptor is open" if error.errno == errno.EBADF else "it is no socket"
        raise NotListening(name, reason) from error
    if listening.type != socket.SOCK_STREAM or not _listens(listening):
        listening.detach()  # it is not ours to close
        raise NotListening(name, "it is no stream socket that listens (in systemd: Accept=no)")
    listening.setblocking(False)
    listening.set_inheritable(False)
    return listening


def _listens(sock: socket.socket) -> bool:
    """Whether a stream socket listens; systems that do not tell are believed to have one."""
    try:
        return bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError:
        return True


def _bind_host(host: str, port: int, option: str) -> list[socket.socket]:
    """Listen on all addresses of a host."""
    addresses = resolve(host, port)
    for tries_left in reversed(range(TRIES_FOR_ONE_PORT)):
        try:
            return _bind_all(host, addresses)
        except PermissionError as error:
            raise PortForbidden(host, port, option) from error
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            # A port that the system chose for one address may be taken on the next one.
            if port or not tries_left:
                holder, suggestion = find_holder(port), free_port(addresses)
                raise PortTaken(host, port, holder, suggestion, option) from error
    raise AssertionError("the last try returns or raises")


def resolve(host: str, port: int) -> list[Address]:
    """Return the addresses of a host, IPv4 first.

    Raises:
        HostUnknown: If there is none.
    """
    name = host.removeprefix("[").removesuffix("]") or None
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise HostUnknown(host, f"it has no address ({reason})") from error
    addresses = dict.fromkeys(Address(family, sockaddr) for family, _, _, _, sockaddr in found)
    return sorted(addresses, key=lambda address: address.family != socket.AF_INET)


def free_port(addresses: list[Address]) -> int | None:
    """Return the next port after that of the addresses which is free on all of them."""
    taken = int(addresses[0].sockaddr[1])
    for port in range(taken + 1, min(taken + 1 + NEARBY_PORTS, 65_536)):
        try:
            for listening in _bind_all("", _with_port(addresses, port)):
                listening.close()
        except OSError:
            continue
        return port
    return None


def _bind_all(host: str, addresses: list[Address]) -> list[socket.socket]:
    """Listen on every address that this machine has, on all or on none."""
    bound: list[socket.socket] = []
    missing: OSError | None = None
    with ExitStack() as on_error:
        for address in addresses:
            if bound:
                address = _with_port([address], bound[0].getsockname()[1])[0]
            try:
                listening = _bind_one(address, alone=len(addresses) == 1)
            except OSError as error:
                # A name may stand for IPv6 too on a machine without it.
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    raise
                missing = error
                continue
            on_error.callback(listening.close)
            bound.append(listening)
        if not bound:
            raise HostUnknown(host, "it is no address of this machine") from missing
        on_error.pop_all()
    return bound


def _bind_one(address: Address, *, alone: bool) -> socket.socket:
    """Listen on one address."""
    listening = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # There SO_REUSEADDR would let two programs share the port.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # Connections of the last run, still in TIME_WAIT, do not keep the port.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if address.family == socket.AF_INET6 and not alone:
            # Beside a socket for IPv4; and clients of IPv4 keep their address in its form.
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(address.sockaddr)
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except BaseException:
        listening.close()
        raise
    return listening


def _with_port(addresses: list[Address], port: int) -> list[Address]:
    return [Address(family, (sockaddr[0], port, *sockaddr[2:])) for family, sockaddr in addresses]

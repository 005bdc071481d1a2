"""What is said when the server listens, and when it cannot."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

Address = tuple[Any, ...] | str
"""Of a listening socket: host, port and more, or the path of a Unix socket."""

ALL_INTERFACES = ("", "0.0.0.0", "::")


def show_banner(
    name: str, addresses: Sequence[Address], details: str = "", *, encrypted: bool = False
) -> None:
    """Say once where the application can be reached, with a link to click.

    Args:
        name: What is served.
        addresses: The addresses of the listening sockets, as :meth:`socket.getsockname` gives
            them.
        details: One more line, or nothing.
        encrypted: Whether the ports speak TLS.
    """
    scheme = "https" if encrypted else "http"
    links = "  ".join(click.style(link, bold=True) for link in links_to(addresses, scheme))
    click.echo(f"Samovar serves {name} at {links}  (Ctrl-C stops it)", err=True)
    if details:
        click.echo(details, err=True)
    if is_shut_in(addresses, is_in_container()):
        click.secho(
            "This is a container, and only it can reach 127.0.0.1. To be reached from outside,"
            " write --host 0.0.0.0 (and publish the port).",
            fg="yellow",
            err=True,
        )


def show_server_banner(debug: bool | None, app_import_path: str | None) -> None:
    """Do nothing: the name by which programs switch off Flask's banner.

    Ours is a single line with the link, and is shown by the server when it listens.
    """


def is_in_container(root: Path = Path("/")) -> bool:
    """Say whether this process runs in a container of Docker, Podman or Kubernetes."""
    marks = (root / ".dockerenv", root / "run/.containerenv")
    return any(mark.exists() for mark in marks) or "KUBERNETES_SERVICE_HOST" in os.environ


def is_shut_in(addresses: Sequence[Address], in_container: bool) -> bool:
    """Say whether nobody outside of a container can reach the server."""
    hosts = [address[0] for address in addresses if isinstance(address, tuple)]
    return (
        in_container
        and len(hosts) == len(addresses)
        and all(host == "::1" or host.startswith("127.") for host in hosts)
    )


def links_to(addresses: Sequence[Address], scheme: str = "http") -> list[str]:
    """Return the URLs under which the listening sockets can be reached, nearest first.

    A Unix socket has no URL; it is shown as it is written for ``--bind``.
    """
    links: list[str] = []
    ports = [address for address in addresses if isinstance(address, tuple)]
    hosts_listened_on = {host for host, *_ in ports}
    for host, port, *_ in ports:
        if host == "::1" and "127.0.0.1" in hosts_listened_on:
            continue  # the same place by another name
        hosts = ["127.0.0.1", *_address_in_network()] if host in ALL_INTERFACES else [host]
        shown = [f"[{host}]" if ":" in host else host for host in hosts]
        links += [f"{scheme}://{host}:{port}" for host in shown]
    links += [f"unix:{address}" for address in addresses if isinstance(address, str)]
    return list(dict.fromkeys(links))


def _address_in_network() -> list[str]:
    """Return this machine's address in its network, where it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket sends nothing: it only asks for the route. The
            # address belongs to a network set aside for tests (RFC 5737).
            probe.connect(("192.0.2.1", 9))
            address: str = probe.getsockname()[0]
        except OSError:  # no route: this machine is alone
            return []
    return [] if address.startswith("127.") else [address]

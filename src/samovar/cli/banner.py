"""What is said when the server listens, and when it cannot."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

import click

ALL_INTERFACES = ("", "0.0.0.0", "::")


def show_banner(name: str, addresses: Sequence[tuple[Any, ...]], details: str = "") -> None:
    """Say once where the application can be reached, with a link to click.

    Args:
        name: What is served.
        addresses: The addresses of the listening sockets, as :meth:`socket.getsockname` gives
            them.
        details: One more line, or nothing.
    """
    links = "  ".join(click.style(link, bold=True) for link in links_to(addresses))
    click.echo(f"Samovar serves {name} at {links}  (Ctrl-C stops it)", err=True)
    if details:
        click.echo(details, err=True)


def show_server_banner(debug: bool | None, app_import_path: str | None) -> None:
    """Do nothing: the name by which programs switch off Flask's banner.

    Ours is a single line with the link, and is shown by the server when it listens.
    """


def links_to(addresses: Sequence[tuple[Any, ...]]) -> list[str]:
    """Return the URLs under which the listening sockets can be reached, nearest first."""
    links: list[str] = []
    hosts_listened_on = {host for host, *_ in addresses}
    for host, port, *_ in addresses:
        if host == "::1" and "127.0.0.1" in hosts_listened_on:
            continue  # the same place by another name
        hosts = ["127.0.0.1", *_address_in_network()] if host in ALL_INTERFACES else [host]
        links += [f"http://[{h}]:{port}" if ":" in h else f"http://{h}:{port}" for h in hosts]
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

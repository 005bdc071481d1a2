"""The banner's links."""

from __future__ import annotations

import pytest

from samovar.cli.banner import links_to, show_banner


@pytest.mark.parametrize(
    ("addresses", "links"),
    [
        ([("127.0.0.1", 5000)], ["http://127.0.0.1:5000"]),
        ([("127.0.0.1", 5000), ("::1", 5000, 0, 0)], ["http://127.0.0.1:5000"]),
        ([("::1", 5000, 0, 0)], ["http://[::1]:5000"]),
        ([("192.0.2.7", 80)], ["http://192.0.2.7:80"]),
    ],
    ids=["this machine", "both ways to this machine", "IPv6 alone", "one interface"],
)
def test_link_leads_to_where_the_server_listens(
    addresses: list[tuple[str, int]], links: list[str]
) -> None:
    assert links_to(addresses) == links


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_all_interfaces_are_reached_from_this_machine_first(host: str) -> None:
    assert links_to([(host, 5000)])[0] == "http://127.0.0.1:5000"


def test_banner_names_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    show_banner("hello", [("127.0.0.1", 5000)])
    said = capsys.readouterr()
    assert said.err.startswith("Samovar serves hello at http://127.0.0.1:5000 ")
    assert said.out == ""

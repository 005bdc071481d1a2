"""The banner's links."""

from __future__ import annotations

from pathlib import Path

import pytest

from samovar.cli.banner import is_in_container, is_shut_in, links_to, show_banner


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


def test_unix_socket_is_shown_as_it_is_written() -> None:
    assert links_to([("127.0.0.1", 8000), "/run/shop.sock"], "https") == [
        "https://127.0.0.1:8000",
        "unix:/run/shop.sock",
    ]


@pytest.mark.parametrize(
    ("addresses", "shut_in"),
    [
        ([("127.0.0.1", 5000)], True),
        ([("127.0.0.1", 5000), ("::1", 5000, 0, 0)], True),
        ([("0.0.0.0", 5000)], False),
        ([("127.0.0.1", 5000), ("192.0.2.7", 5000)], False),
        (["/run/shop.sock"], False),
    ],
)
def test_server_is_shut_in_a_container_on_loopback_alone(
    addresses: list[tuple[str, int] | str], shut_in: bool
) -> None:
    assert is_shut_in(addresses, in_container=True) is shut_in
    assert not is_shut_in(addresses, in_container=False)


@pytest.mark.parametrize("mark", [".dockerenv", "run/.containerenv"])
def test_container_is_known_by_its_mark(
    tmp_path: Path, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    assert not is_in_container(tmp_path)
    (tmp_path / mark).parent.mkdir(exist_ok=True)
    (tmp_path / mark).touch()
    assert is_in_container(tmp_path)


def test_banner_in_a_container_says_which_host_to_use(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "192.0.2.1")
    show_banner("hello", [("127.0.0.1", 5000)])
    assert "--host 0.0.0.0" in capsys.readouterr().err

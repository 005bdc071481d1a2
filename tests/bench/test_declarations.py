from bench.model import APPS
from bench.peers import PEERS
from bench.workloads import ROWS, WORKLOADS


def test_names_are_unique() -> None:
    for declared in (PEERS, WORKLOADS):
        names = [item.name for item in declared]
        assert sorted(set(names)) == sorted(names)


def test_peers_offer_only_declared_workloads() -> None:
    declared = {workload.name for workload in WORKLOADS}
    for peer in PEERS:
        assert peer.offers <= declared, peer.name


def test_every_workload_has_a_peer() -> None:
    offered = frozenset[str]().union(*(peer.offers for peer in PEERS))
    assert {workload.name for workload in WORKLOADS} <= offered


def test_apps_named_in_commands_exist() -> None:
    targets = [part for peer in PEERS for part in peer.command if part.endswith(":app")]
    assert targets
    for target in targets:
        assert (APPS / f"{target.removesuffix(':app')}.py").is_file(), target


def test_expected_rows_need_escaping() -> None:
    """Servers that forget to escape must not win the template workload."""
    assert all("<" in str(row["name"]) for row in ROWS)

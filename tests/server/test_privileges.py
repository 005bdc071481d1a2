"""Becoming an ordinary user."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from samovar.server.privileges import PrivilegesKept, become, find_identity

pytestmark = pytest.mark.skipif(os.name == "nt", reason="this system's users have no numbers")

only_root = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0, reason="only root can become others"
)


def run_as_root(program: str) -> str:
    """Run a program in a process of its own, and return what it says."""
    start = "import os\nfrom samovar.server.privileges import *\n"
    command = [sys.executable, "-c", start + program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_user_is_found_by_name_and_by_number() -> None:
    by_name = find_identity("root", "")
    assert by_name == find_identity("0", "")
    assert (by_name.uid, by_name.gid, by_name.name) == (0, 0, "root")


def test_group_is_found_by_name_and_by_number() -> None:
    assert find_identity("root", "12345").gid == 12345
    assert find_identity("root", "root").gid == 0


def test_group_alone_keeps_the_user() -> None:
    assert find_identity("", "12345")[:2] == (os.geteuid(), 12345)


def test_number_without_a_name_needs_a_group() -> None:
    assert find_identity("54321", "12345")[:2] == (54321, 12345)
    with pytest.raises(PrivilegesKept, match="a number without a name needs --group too"):
        find_identity("54321", "")


def test_nothing_is_done_for_who_is_that_user_already() -> None:
    groups = os.getgroups()
    become(find_identity(str(os.getuid()), str(os.getgid())))
    assert os.getgroups() == groups


@only_root
def test_process_has_no_way_back_and_keeps_its_umask() -> None:
    said = run_as_root(
        "os.umask(0o027)\n"
        "become(find_identity('54321', '12345'))\n"
        "print(os.getresuid(), os.getresgid(), os.getgroups(), oct(os.umask(0)))\n"
        "try:\n    os.setuid(0)\nexcept PermissionError:\n    print('no way back')\n"
    )
    assert said == "(54321, 54321, 54321) (12345, 12345, 12345) [12345] 0o27\nno way back"


@only_root
def test_who_is_not_root_is_refused() -> None:
    said = run_as_root(
        "os.setgid(1)\nos.setuid(1)\n"
        "try:\n    become(find_identity('54321', '12345'))\n"
        "except PrivilegesKept as error:\n    print(error)\n"
    )
    assert said.startswith("This process may not become user 54321: only the administrator may.")

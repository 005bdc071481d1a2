"""Room for the file descriptors of connections."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="this system has no such limit")

PROGRAM = """
import resource
from samovar.server.descriptors import make_room
resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))
make_room({connections})
print(*resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "connections", "after"),
    [
        (256, 4000, 1000, "2024 4000"),
        (256, 4000, 10_000, "4000 4000"),
        (3000, 4000, 1000, "3000 4000"),
    ],
    ids=["as wanted", "as far as it goes", "enough already"],
)
def test_limit_is_raised_where_it_is_too_low(
    soft: int, hard: int, connections: int, after: str
) -> None:
    program = PROGRAM.format(soft=soft, hard=hard, connections=connections)
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert said.stdout.strip() == after, said.stderr

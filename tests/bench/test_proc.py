import subprocess
import sys
from collections.abc import Iterator

import pytest

from bench import proc

BURNT = 0.1  # seconds of CPU time
SEEN = 0.05  # at least, for user and system time are each rounded down to whole ticks
CHILD = f"""
import time
while time.process_time() < {BURNT}: pass
"""
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", sys.argv[1] + "print(flush=True);input()"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
input()
child.communicate(b"\\n")
print(flush=True)
input()
"""


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[str]]:
    """A process that sleeps, whose child has used CPU time, sleeps, and ends when asked to."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def tell(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_tree_has_the_child(parent: subprocess.Popen[str]) -> None:
    child = int(tell(parent))
    assert proc.tree(parent.pid) == [parent.pid, child]


def test_cpu_time_of_a_living_child_counts(parent: subprocess.Popen[str]) -> None:
    tell(parent)
    assert proc.cpu_seconds(parent.pid) >= SEEN


def test_cpu_time_of_an_ended_child_counts(parent: subprocess.Popen[str]) -> None:
    tell(parent)
    assert parent.stdin is not None
    parent.stdin.write("\n")
    parent.stdin.flush()
    tell(parent)
    assert proc.tree(parent.pid) == [parent.pid]
    assert proc.cpu_seconds(parent.pid) >= SEEN


def test_memory_is_positive(parent: subprocess.Popen[str]) -> None:
    tell(parent)
    assert proc.memory_bytes(parent.pid) > 0

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.model import BENCH, FLOOR
from bench.peers import PEERS
from bench.serving import Running, serving


@pytest.fixture
def floor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    if not (shutil.which("cc") and shutil.which("taskset")):
        pytest.skip("needs a C compiler and taskset")
    monkeypatch.setattr("bench.serving.CACHE", tmp_path)
    subprocess.run(["cc", "-o", tmp_path / "floor", BENCH / "floor.c"], check=True)
    (peer,) = (peer for peer in PEERS if peer.name == FLOOR)
    with serving(peer, core=0, variant="plain", threads=1) as server:
        yield server

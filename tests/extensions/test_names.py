"""The alias has every name of Flask's that is in use, and none that Flask has not."""

from __future__ import annotations

import json
import subprocess

from tests.extensions.conftest import HERE, Side


def expected() -> dict[str, bool]:
    """Return the names of the list, and whether they must be there."""
    lines = (HERE / "names.txt").read_text(encoding="utf-8").splitlines()
    named = [line for line in lines if line and not line.startswith("#")]
    return {line.removeprefix("! "): not line.startswith("! ") for line in named}


def test_names_in_use_are_there_and_those_of_the_past_are_not(side: Side) -> None:
    names = expected()
    done = subprocess.run(
        side.python_command(HERE / "clients" / "names.py"),
        input="\n".join(names),
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {name: there for name, there in found.items() if there is not names[name]} == {}
    assert found.keys() == names.keys()

"""What has to be there before anything is measured; all of it lands under ``.cache``."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable

from bench.model import BENCH, CACHE, FILES, FLOOR, ROOT, VENV, Peer, Trouble
from bench.workloads import FILE_SIZES

BIN = VENV / "bin"

_NEEDED = {
    "wrk": "the load generator; on Debian and Ubuntu: apt install wrk",
    "taskset": "pins processes to cores; on Debian and Ubuntu: apt install util-linux",
}
_PACKAGES = {"cc": "gcc", "nginx": "nginx"}


def prepare(peers: Iterable[Peer]) -> dict[str, str]:
    """Make everything that ``peers`` need.

    Returns:
        Why a peer cannot run, by its name; peers that can are not in it.

    Raises:
        Trouble: Something is missing without which nothing can be measured.
    """
    for program, purpose in _NEEDED.items():
        if not shutil.which(program):
            raise Trouble(f"{program!r} is not installed ({purpose})")
    FILES.mkdir(parents=True, exist_ok=True)
    for name, size in FILE_SIZES.items():
        (FILES / name).write_bytes(b"The samovar is ready.\n" * (size // 22) + b"." * (size % 22))
    _make_venv()
    troubles: dict[str, str] = {}
    for peer in peers:
        try:
            _provide(peer)
        except Trouble as trouble:
            troubles[peer.name] = str(trouble)
    return troubles


def versions() -> dict[str, str]:
    """Return the version of each package in the virtual environment."""
    code = (
        "import importlib.metadata as m, json;"
        "print(json.dumps({d.name.lower(): d.version for d in m.distributions()}))"
    )
    output = subprocess.run([BIN / "python", "-c", code], capture_output=True, check=True)
    return dict(json.loads(output.stdout))


def _make_venv() -> None:
    if not (BIN / "pip").exists():
        print("making", VENV.relative_to(ROOT), file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)


def _provide(peer: Peer) -> None:
    if peer.program and not shutil.which(peer.program):
        package = _PACKAGES[peer.program]
        raise Trouble(f"{peer.program!r} is not installed; on Debian: apt install {package}")
    if peer.name == FLOOR:
        _compile_floor()
    if peer.packages:
        install([package.format(root=ROOT) for package in peer.packages])


def _compile_floor() -> None:
    source, program = BENCH / "floor.c", CACHE / "floor"
    if program.exists() and program.stat().st_mtime >= source.stat().st_mtime:
        return
    command = ["cc", "-O2", "-Wall", "-o", str(program), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Trouble(f"floor.c does not compile: {done.stderr.strip()[-300:]}")


def install(packages: list[str]) -> None:
    """Install packages into the virtual environment, once: a stamp remembers that it was done.

    Raises:
        Trouble: pip failed; its last words are in the text.
    """
    stamp = CACHE / f"installed-{hashlib.sha256(repr(packages).encode()).hexdigest()[:16]}"
    # Our own dependencies are only known anew when our metadata is read again.
    sources = [VENV / "pyvenv.cfg"] + [ROOT / "pyproject.toml"] * ("-e" in packages)
    if stamp.exists() and all(stamp.stat().st_mtime >= file.stat().st_mtime for file in sources):
        return
    print("installing", *packages, file=sys.stderr)
    command = [str(BIN / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    done = subprocess.run([*command, *packages], capture_output=True, text=True)
    if done.returncode:
        raise Trouble(f"does not install: {done.stderr.strip()[-300:]}")
    stamp.touch()

"""The command line: ``samovar run``, ``samovar routes``, ``samovar shell``.

Each command lies in a module of its own and is imported when it is called, so that ``samovar run``
starts without paying for the others.
"""

from __future__ import annotations

from samovar.cli.main import main as main

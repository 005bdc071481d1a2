"""``python -m samovar``: the same as the ``samovar`` command."""

from __future__ import annotations

from samovar.cli import main

main()

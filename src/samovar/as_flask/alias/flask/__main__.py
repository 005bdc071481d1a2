"""``python -m flask``: the ``flask`` command."""

from __future__ import annotations

from samovar.as_flask.commands import main

main()

"""The watcher as a process of its own; started by :mod:`samovar.cli.reload.handover`."""

from __future__ import annotations

import sys

from samovar.cli.reload.handover import resume

sys.exit(resume(sys.argv[1]))

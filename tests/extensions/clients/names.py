"""Prints which of the dotted names in its standard input there are, as JSON."""

import importlib
import json
import sys
import warnings


def exists(name):
    """Say whether a name can be imported, or reached from what can."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            thing = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        for part in parts[end:]:
            if not hasattr(thing, part):
                return False
            thing = getattr(thing, part)
        return True
    return False


warnings.simplefilter("ignore", DeprecationWarning)
json.dump({name: exists(name) for name in sys.stdin.read().split()}, sys.stdout)

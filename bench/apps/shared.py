"""What every app program shares: data, the work of slow views, and what the runner asks for."""

import os
import time
from typing import Any

HELLO = "Hello, World!"
SECRET = "not a secret: this is a benchmark"

FILES = os.environ.get("BENCH_FILES", ".")
"""Folder of the files to serve under ``/static/``."""
VARIANT = os.environ.get("BENCH_VARIANT", "plain")
THREADS = int(os.environ.get("BENCH_THREADS", "1"))
TEMPLATES = os.path.join(os.path.dirname(__file__), "templates")

EXTRA_ROUTES = 1_000 if VARIANT == "routes" else 0
PAUSE = 0.05  # seconds that slow views wait
_BURN = 0.02  # seconds of CPU that the CPU-bound view uses


def rows() -> list[dict[str, Any]]:
    """Return the 50 rows of the JSON and template workloads, made anew as a database would."""
    return [
        {"id": n, "name": f"Product <{n}>", "price": n * 1.5, "available": n % 3 == 0}
        for n in range(50)
    ]


def burn() -> None:
    """Keep the CPU busy, in Python code, for 20 ms of this thread's time."""
    end = time.thread_time() + _BURN
    while time.thread_time() < end:
        sum(range(200))

"""A pytest plugin that writes down what came of each test; used by ``suite.py``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

_outcomes: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call":
        _outcomes[report.nodeid] = report.outcome
    elif report.failed:
        _outcomes[report.nodeid] = "error"
    elif report.skipped:
        _outcomes[report.nodeid] = "skipped"


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.outcome != "passed":
        _outcomes[report.nodeid] = "error" if report.failed else "skipped"


def pytest_sessionfinish() -> None:
    Path(os.environ["SAMOVAR_OUTCOMES"]).write_text(json.dumps(_outcomes), encoding="utf-8")

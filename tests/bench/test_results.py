import json

import pytest

from bench import plot, report
from bench.model import CPU, FLOOR, US, Measurement
from bench.results import Results

ABOUT = {
    "command": "python -m bench",
    "date": "2016-04-21",
    "machine": "1 x CPU",
    "rounds": 3,
    "seconds": 1.0,
}


def measured(cpu_us: float, errors: int = 0) -> Measurement:
    return {
        "cpu_us": cpu_us,
        "rate": 1e6 / cpu_us,
        "p50_ms": 1.0,
        "p99_ms": 2.0,
        "memory_mib": 10.0,
        "errors": errors,
    }


@pytest.fixture
def results() -> Results:
    results = Results(ABOUT)
    for cpu_us in (5.0, 4.0, 90.0):
        results.add("hello", FLOOR, measured(cpu_us))
    results.add("hello", "flask-gunicorn", measured(200.0, errors=3))
    results.add("hello", US, measured(10.0))
    results.add_trouble("robyn", "does not install")
    return results


def test_median_ignores_one_disturbed_round(results: Results) -> None:
    assert results.median("hello", FLOOR, CPU) == 5.0


def test_median_is_none_for_a_peer_that_was_not_measured(results: Results) -> None:
    assert results.median("hello", "sanic", CPU) is None


def test_ranking_starts_with_the_cheapest(results: Results) -> None:
    (hello,) = results.workloads()
    assert results.ranking(hello) == [FLOOR, US, "flask-gunicorn"]


def test_ratios_compare_within_the_run(results: Results) -> None:
    (hello,) = results.workloads()
    assert results.ratio_to_floor(hello, US) == 2.0
    assert results.ratio_to_us(hello, "flask-gunicorn") == 20.0


def test_ratios_are_none_when_we_did_not_run() -> None:
    results = Results(ABOUT)
    results.add("hello", "sanic", measured(20.0))
    (hello,) = results.workloads()
    assert results.ratio_to_us(hello, "sanic") is None
    assert results.ratio_to_floor(hello, "sanic") is None


def test_report_gives_ratios_before_figures(results: Results) -> None:
    assert "| Flask + gunicorn (gthread) | 40.0 | 20.0 | 200.0 |" in report.markdown(results)


def test_report_names_failed_requests_and_peers_that_did_not_run(results: Results) -> None:
    text = report.markdown(results)
    assert "| 3 |" in text
    assert "- Robyn: does not install" in text


def test_json_holds_medians_and_rounds(results: Results) -> None:
    data = json.loads(results.to_json())
    assert data["medians"]["hello"][FLOOR]["cpu_us"] == 5.0
    assert [m["cpu_us"] for m in data["rounds"]["hello"][FLOOR]] == [5.0, 4.0, 90.0]


def test_plot_has_a_bar_for_each_peer(results: Results) -> None:
    assert plot.svg(results).count("<rect") == 3

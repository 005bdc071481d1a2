import pytest

from bench.measure import check
from bench.model import Request, Trouble, Workload
from bench.serving import Running
from bench.workloads import WORKLOADS


def workload(name: str) -> Workload:
    return next(workload for workload in WORKLOADS if workload.name == name)


def test_check_returns_the_request_when_the_answer_is_right(floor: Running) -> None:
    assert check(floor, workload("hello")) == Request("/")


@pytest.mark.parametrize("name", ["user", "rows", "table", "file10k"])
def test_check_refuses_a_server_that_answers_hello_to_everything(floor: Running, name: str) -> None:
    with pytest.raises(Trouble, match=f"wrong answer to '{name}'"):
        check(floor, workload(name))


def test_check_refuses_an_answer_without_the_field_it_needs(floor: Running) -> None:
    """Its hello has the status of a file that is fresh, but no ETag to ask again with."""
    with pytest.raises(Trouble, match="no 'etag' field in the answer to 'unchanged'"):
        check(floor, workload("unchanged"))

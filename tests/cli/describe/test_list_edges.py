"""The edges of `recgate describe list`: no time in between, and jobs of one moment."""

from collections.abc import Iterator

import pytest

from tests.cli.describe.test_list import listed, names, put
from tests.cli.runner import recgate
from tests.servers.sagemaker import LocalSageMaker, local_sagemaker


@pytest.fixture
def sagemaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalSageMaker]:
    """A SageMaker with four jobs that began at the same moment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with local_sagemaker() as server:
        for name, status in (("b", "FAILED"), ("a", "STOPPED"), ("d", "STOPPED"), ("c", "FAILED")):
            put(server, name, Status=status)
        yield server


def test_an_end_that_is_the_beginning_is_refused() -> None:
    """No job can be in between: an empty list would look like an answer."""
    answer = recgate("describe", "list", "--since", "2026-11-21", "--until", "2026-11-21")

    assert (answer.code, answer.out) == (2, "")
    assert "--until is not after --since" in answer.err


@pytest.mark.parametrize("order", [("created",), ("created", "--reverse"), ("status",)])
def test_jobs_of_one_moment_keep_one_order_whichever_status_is_named_first(
    sagemaker: LocalSageMaker, order: tuple[str, ...]
) -> None:
    """A limit then cuts off the same jobs each time."""
    options = ("--sort-by", *order, "--output", "json")

    one = listed(sagemaker, "--status", "FAILED", "--status", "STOPPED", *options)
    other = listed(sagemaker, "--status", "STOPPED", "--status", "FAILED", *options)

    assert names(one) == names(other)
    assert sorted(names(one)) == ["a", "b", "c", "d"]

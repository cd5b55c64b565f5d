"""How far a job is, and how long jobs like it take."""

from datetime import timedelta

import pytest

from recgate.domain.job import JobStatus, Step
from recgate.domain.progress import (
    Basis,
    Progress,
    Usual,
    benchmarks_of,
    usual_duration,
)
from tests.builders import NOW, snapshot


def minutes(*numbers: float) -> list[timedelta]:
    return [timedelta(minutes=number) for number in numbers]


def progress(
    *, ran: float, status: JobStatus = JobStatus.IN_PROGRESS, job_type: str = "Default"
) -> Progress:
    """A job that was created so many minutes before NOW."""
    job = snapshot(
        status=status, job_type=job_type, created_at=NOW - timedelta(minutes=ran), ended_at=NOW
    )
    return Progress(job.job_name, job)


def test_the_usual_duration_is_the_median_of_ones_own_jobs() -> None:
    """One job that hung for hours does not make the next one look fast."""
    assert usual_duration("Advanced", minutes(30, 300, 40)) == Usual(
        timedelta(minutes=40), Basis.MEDIAN, "Advanced", 3
    )
    assert usual_duration("Advanced", minutes(30, 300, 40, 36)) == Usual(
        timedelta(minutes=38), Basis.MEDIAN, "Advanced", 4
    )


def test_only_the_last_twenty_count() -> None:
    """What jobs took a year ago is another model's time."""
    usual = usual_duration("Default", [*minutes(*[10] * 20), *minutes(*[500] * 80)])

    assert usual == Usual(timedelta(minutes=10), Basis.MEDIAN, "Default", 20)


@pytest.mark.parametrize("own", [(), (5,), (5, 6)])
def test_with_too_few_jobs_it_is_what_aws_documents(own: tuple[float, ...]) -> None:
    """And it says that it is."""
    assert usual_duration("Default", minutes(*own)) == Usual(
        timedelta(minutes=45), Basis.DOCUMENTED_MOST, "Default"
    )
    assert usual_duration("Advanced", minutes(*own)) == Usual(
        timedelta(hours=2), Basis.DOCUMENTED_AVERAGE, "Advanced"
    )


def test_of_an_unknown_type_nothing_is_made_up() -> None:
    """A type that AWS adds tomorrow has no figure until there are jobs of it."""
    assert usual_duration("Thorough", minutes(1, 2)) is None
    assert usual_duration(None, minutes(1, 2, 3)) is None
    assert usual_duration("Thorough", minutes(1, 2, 3)) == Usual(
        timedelta(minutes=2), Basis.MEDIAN, "Thorough", 3
    )


def test_a_benchmark_is_done_in_whatever_way_it_ended() -> None:
    """And a listed one that is pending has not started."""
    steps = [Step(status) for status in JobStatus] + [Step("NEW WORD")]

    counted = benchmarks_of(steps)

    assert (counted.started, counted.done, counted.waiting) == (8, 4, 1)
    assert counted.failed == (Step("FAILED"),)


def test_time_runs_until_the_job_ends() -> None:
    """While CloudWatch settles the job does not get older."""
    running, ended = progress(ran=20), progress(ran=20, status=JobStatus.COMPLETED)
    later = NOW + timedelta(minutes=5)

    assert running.elapsed(later) == timedelta(minutes=25)
    assert ended.elapsed(later) == timedelta(minutes=20)


def test_a_clock_behind_sagemakers_gives_no_negative_time() -> None:
    """Two clocks never agree."""
    assert progress(ran=0).elapsed(NOW - timedelta(seconds=3)) == timedelta(0)


def test_over_the_usual_is_told_only_when_it_is() -> None:
    """45 minutes are documented for a Default job."""
    assert progress(ran=57).over(NOW) == timedelta(minutes=12)
    assert progress(ran=45).over(NOW) == timedelta(0)
    assert progress(ran=1e4, job_type="Thorough").over(NOW) == timedelta(0)


def test_before_the_first_answer_nothing_is_known() -> None:
    """None, and not zero."""
    unknown = Progress("fraud-ranker-v14")

    assert not unknown.has_ended
    assert (unknown.elapsed(NOW), unknown.usual, unknown.benchmarks, unknown.next_look_at) == (
        None,
        None,
        None,
        None,
    )

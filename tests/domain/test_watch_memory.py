"""What is news, and what has to be remembered for it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from recgate.domain.status_change import ListedJob, StatusChange
from recgate.domain.watch_memory import OVERLAP, Remembered
from tests.builders import NOW
from tests.flows.watch_fakes import ARN, listed

START = Remembered(started_at=NOW, watermark=NOW)
LATER = NOW + timedelta(hours=2)


def told(remembered: Remembered, *jobs: ListedJob) -> list[tuple[str, str | None, str]]:
    changes = remembered.news(jobs)
    return [(change.job.name, change.previous, change.job.status) for change in changes]


def after(remembered: Remembered, *jobs: ListedJob) -> Remembered:
    """Once the jobs' news is announced."""
    news = remembered.news(jobs)
    known = remembered.announced(news, LATER)
    return known.advanced(max(job.modified_at for job in jobs))


def test_a_job_that_was_never_seen_is_news_without_a_previous_status() -> None:
    """Whatever its status is."""
    assert told(START, listed("a", "PENDING", NOW)) == [("a", None, "PENDING")]


def test_a_new_status_is_news_and_the_same_one_is_not() -> None:
    """A job whose modification time moves alone says nothing new."""
    running = after(START, listed("a", "IN_PROGRESS", NOW))

    assert told(running, listed("a", "IN_PROGRESS", LATER)) == []
    assert told(running, listed("a", "COMPLETED", LATER)) == [("a", "IN_PROGRESS", "COMPLETED")]


def test_a_new_job_under_the_name_of_an_old_one_is_news() -> None:
    """It was created at another time, even if it ended the same way between two sweeps."""
    ended = after(START, listed("a", "COMPLETED", NOW))

    again = listed("a", "COMPLETED", LATER, created_at=LATER)

    assert told(ended, again) == [("a", None, "COMPLETED")]


def test_news_comes_in_the_order_of_modification() -> None:
    """And by name where the times are equal, so that two sweeps agree."""
    jobs = [listed("c", "FAILED", LATER), listed("b", "FAILED", NOW), listed("a", "FAILED", NOW)]

    assert [name for name, _, _ in told(START, *jobs)] == ["a", "b", "c"]


def test_a_job_that_is_listed_twice_is_news_once_with_its_later_state() -> None:
    """Pages overlap when a job changes while they are read."""
    jobs = [listed("a", "COMPLETED", LATER), listed("a", "IN_PROGRESS", NOW)]

    assert told(START, *jobs) == [("a", None, "COMPLETED")]


def test_what_was_modified_before_the_watch_began_is_never_news() -> None:
    """Years of old jobs say nothing on the first day, also where the overlap reaches back."""
    just_before = NOW - timedelta(milliseconds=1)

    assert told(START, listed("old", "COMPLETED", just_before)) == []
    assert told(START, listed("new", "COMPLETED", NOW)) == [("new", None, "COMPLETED")]


def test_jobs_with_equal_times_are_told_apart_by_what_was_seen() -> None:
    """One of two jobs of the same millisecond is announced, the other shows up a minute later."""
    first = after(START, listed("a", "COMPLETED", LATER))

    both = [listed("a", "COMPLETED", LATER), listed("b", "COMPLETED", LATER)]

    assert told(first, *both) == [("b", None, "COMPLETED")]


def test_a_change_that_shows_late_is_news_within_the_overlap() -> None:
    """Lists may be behind: the watermark has passed it, the overlap has not."""
    moved = START.advanced(LATER)

    late = listed("a", "COMPLETED", LATER - OVERLAP + timedelta(seconds=1))

    assert moved.look_after <= late.modified_at
    assert told(moved, late) == [("a", None, "COMPLETED")]


def test_looking_again_starts_at_a_whole_second_and_never_before_the_watch() -> None:
    """The API cuts fractions off, and "after" may leave out its own second."""
    moved = START.advanced(LATER + timedelta(milliseconds=999))

    assert moved.look_after == LATER - OVERLAP - timedelta(seconds=1)
    assert START.look_after == NOW - timedelta(seconds=1)


def test_the_watermark_never_goes_back() -> None:
    """Two sweeps at once must not undo each other."""
    assert START.advanced(LATER).advanced(NOW).watermark == LATER


def test_ended_jobs_are_forgotten_only_where_they_are_not_listed_again() -> None:
    """Otherwise they would be announced in every sweep."""
    at_the_edge = LATER - OVERLAP - timedelta(seconds=1)
    jobs = [
        listed("edge", "COMPLETED", at_the_edge),
        listed("gone", "COMPLETED", at_the_edge - timedelta(milliseconds=1)),
        listed("last", "COMPLETED", LATER),
    ]

    known = after(START, *jobs)

    assert set(known.seen) == {ARN + "edge", ARN + "last"}
    assert told(known, *(job for job in jobs if job.modified_at >= known.look_after)) == []


def test_what_is_listed_before_the_overlap_is_not_news() -> None:
    """It was announced and forgotten; a list may give more than it was asked for."""
    moved = START.advanced(LATER)

    assert told(moved, listed("old", "COMPLETED", moved.look_after - timedelta(seconds=1))) == []


def test_running_jobs_are_remembered_longer_than_any_can_run() -> None:
    """Their next change tells the previous status; a job that vanished is forgotten some day."""
    running = after(START, listed("a", "IN_PROGRESS", NOW))

    assert ARN + "a" in running.advanced(NOW + timedelta(days=7)).seen
    assert ARN + "a" not in running.advanced(NOW + timedelta(days=9)).seen


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "STOPPED"])
def test_a_decision_is_awaited_for_every_job_that_ended(status: str) -> None:
    """Until somebody has found it."""
    job = listed("a", status, NOW)

    known = START.announced([StatusChange(job)], LATER)

    assert known.awaited[job.arn].announced_at == LATER
    assert known.settled([job.arn]).awaited == {}


@pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS", "STOPPING", "QUEUED_SOME_DAY"])
def test_no_decision_is_awaited_while_a_job_runs(status: str) -> None:
    """A status that nobody knows yet is told as it is, and awaited by nobody."""
    job = listed("a", status, NOW)

    known = START.announced([StatusChange(job)], LATER)

    assert known.awaited == {}
    assert told(known, replace(job, status="COMPLETED")) == [("a", status, "COMPLETED")]

"""What makes a decision the same decision."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from recgate.domain.decision import decision_key
from recgate.domain.decision_record import decision_record, recorded_requests
from recgate.domain.evaluation import evaluate, failed_evaluation
from recgate.domain.job import Snapshot
from recgate.domain.notice import Request, RequestedAction, Trigger, TriggerSource
from recgate.domain.policy import Policy
from tests.builders import TODAY, at_most, candidate, decision, policy, snapshot

JOB = snapshot(candidate(cost_per_hour_usd=0.3))
LIMITED = policy(at_most("max_cost_per_hour_usd", 2.5))


def key(
    job: Snapshot = JOB, limited: Policy = LIMITED, *, today: date = TODAY, policies: str = "p"
) -> str:
    return decision_key(job, evaluate(job, [limited], today), policies)


def test_the_day_alone_makes_no_new_decision() -> None:
    """A redelivery after midnight is the same decision."""
    assert key(today=date(2026, 11, 21)) == key(today=date(2026, 11, 22))


def test_what_the_day_makes_of_a_policy_does() -> None:
    """From the day on which it counts, the same policy decides anew."""
    coming = replace(LIMITED, enforce_from=date(2026, 12, 1))

    assert key(limited=coming, today=date(2026, 11, 30)) != key(
        limited=coming, today=date(2026, 12, 1)
    )


def test_other_evidence_or_other_policies_are_another_decision() -> None:
    """The digests of both are in the key."""
    other = snapshot(candidate(cost_per_hour_usd=0.4))

    assert len({key(), key(other), key(policies="q")}) == 3


def test_another_fault_is_another_error() -> None:
    """A mistake that was mended must not leave the job in the old ERROR."""
    keys = {decision_key(JOB, failed_evaluation([problem]), "p") for problem in ("a", "b")}

    assert len(keys) == 2


def test_the_record_says_numbers_exactly_and_what_is_missing() -> None:
    """Decimal strings, and a word where there is none."""
    judged = snapshot(candidate(cost_per_hour_usd=0.7360000014305115))
    limited = policy(at_most("max_cost_per_hour_usd", 2.5), at_most("max_latency_p99_ms", 120))

    record: Any = decision_record(decision(judged, limited), effects=("slack",))

    assert record["verdict"] == "UNKNOWN"
    assert record["effects"] == ["slack"]
    [row] = record["judgements"][0]["candidates"]
    assert row["readings"]["cost_per_hour_usd"] == {
        "raw": "0.7360000014305115",
        "source": "describe",
        "value": "0.736",
    }
    assert row["findings"][1] == {
        "limit": "max_latency_p99_ms",
        "outcome": "UNKNOWN",
        "missing": "not reported",
        "fail": "120",
    }


def stop(by: str, minute: int | None) -> Request:
    at = None if minute is None else datetime(2026, 11, 21, 6, minute, tzinfo=UTC)
    return Request(RequestedAction.STOPPED, by=by, at=at)


def test_who_asked_is_no_part_of_the_key() -> None:
    """A trail that comes late must not make a new decision."""
    without, known = (
        decision(JOB, LIMITED, requests=requests) for requests in ((), (stop("bo", 1),))
    )

    assert without.key == known.key


def test_the_first_to_stop_a_job_has_stopped_it() -> None:
    """By the time of the call, whatever order they came in; one without a time counts last."""
    made = decision(JOB, LIMITED, requests=(stop("x", None), stop("late", 9), stop("first", 3)))

    assert made.stopped == stop("first", 3)
    assert made.created is None


def test_the_record_says_who_asked_and_which_event_was_put_again() -> None:
    """In the job's part and in the trigger's, to be read without this code."""
    trigger = Trigger(TriggerSource.SWEEP, event_id="new", redrive_of="old")
    requests = (Request(RequestedAction.CREATED, by="dana"), stop("bo", 3))
    made = replace(decision(JOB, LIMITED, requests=requests), trigger=trigger)

    record: Any = decision_record(made, effects=())

    assert record["trigger"] == {
        "source": "sweep",
        "event_id": "new",
        "time": None,
        "redrive_of": "old",
    }
    assert (record["job"]["created_by"], record["job"]["stopped_by"]) == ("dana", "bo")
    assert recorded_requests(record) == requests


def test_a_record_of_an_older_version_has_no_requests() -> None:
    """Nor one that somebody has bent."""
    records: list[Any] = [{}, {"job": None}, {"job": {"requests": "x"}}, {"job": {"requests": [1]}}]

    assert [recorded_requests(record) for record in records] == [()] * 4

"""What makes a decision the same decision."""

from dataclasses import replace
from datetime import date
from typing import Any

from recgate.domain.decision import decision_key
from recgate.domain.decision_record import decision_record
from recgate.domain.evaluation import evaluate, failed_evaluation
from recgate.domain.job import Snapshot
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

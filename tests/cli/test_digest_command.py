"""`recgate digest`: the digest that the routes are told, printed at a desk."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.domain.decision_record import decision_record
from recgate.ports import Entry, job_stream
from tests.builders import at_most, candidate, decision, policy, snapshot
from tests.cli.runner import recgate

LIMITS = policy(at_most("max_cost_per_hour_usd", 2.5))


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """Two decisions of one week, and one of the week before."""
    path = tmp_path / "decisions.db"
    with SqliteLedger(str(path)) as opened:
        for name, cost, day in (("a", 0.2, 18), ("b", 9.0, 20), ("c", 1.5, 12)):
            job = snapshot(candidate(cost_per_hour_usd=cost), job_name=name, model_package_arn=None)
            made = decision(job, LIMITS)
            at = datetime(2026, 11, day, 9, tzinfo=UTC)
            entry = Entry("decision", made.key, at, decision_record(made, effects=()))
            opened.append(job_stream(f"arn:aws:job/{name}"), 0, entry)
    return path


def test_a_week_is_printed_as_its_routes_are_told_it(ledger: Path) -> None:
    """Counts, cost and change, and who waits, by name."""
    answer = recgate("digest", "--ending", "2026-11-22", "--ledger", ledger)

    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[:6] == [
        "Inference policy, 16 to 22 Nov 2026",
        "1 passed, 1 failed",
        "1 approved configuration costs $0.20/h, $1.30/h less than the week before",
        "",
        "NEEDS A DECISION",
        "  1. b | FAIL: cost/hour +260% | since Fri 20 Nov",
    ]


def test_a_day_is_printed_for_programs(ledger: Path) -> None:
    """The document of the sqs and lambda subscribers."""
    answer = recgate(
        "digest", "--daily", "--ending", "2026-11-20", "--ledger", ledger, "--output", "json"
    )

    document = json.loads(answer.out)
    assert answer.code == 0
    assert (document["schema"], document["rhythm"]) == ("recgate-digest/1", "daily")
    assert (document["first"], document["last"]) == ("2026-11-20", "2026-11-20")
    assert document["counts"] == {"FAIL": 1}


def test_a_ledger_that_is_not_there_is_an_error_and_is_not_made(tmp_path: Path) -> None:
    """An empty one would say that nothing was decided."""
    missing = tmp_path / "typo.db"

    answer = recgate("digest", "--ledger", missing)

    assert answer.code == 2
    assert "There is no ledger" in answer.err
    assert not missing.exists()


def test_without_a_ledger_there_is_nothing_to_read() -> None:
    """What is in memory is gone when a command ends."""
    answer = recgate("digest")

    assert answer.code == 2
    assert "--ledger FILE" in answer.err


def test_a_day_to_come_has_no_digest(ledger: Path) -> None:
    """It would look like a day of peace."""
    answer = recgate("digest", "--ending", "9999-12-30", "--ledger", ledger)

    assert answer.code == 2
    assert "has not begun" in answer.err

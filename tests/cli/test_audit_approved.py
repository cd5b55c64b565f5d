"""`recgate audit approved`: what may be deployed, and by whose word."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
from recgate.ports import Entry
from tests.cli.audit_desk import (
    LEDGER,
    NASTY,
    assert_harmless,
    at_a_desk,
    audit,
    document,
    nasty_job,
    record,
)


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    return at_a_desk(tmp_path, monkeypatch)


def again(job: str, *, days_ago: int, **changes: Any) -> None:
    """Record a job's last decision once more, with changes, at another time."""
    stream = f"job:arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/{job}"
    with SqliteLedger(LEDGER) as ledger:
        entries = ledger.read(stream)
        last = entries[-1]
        at = datetime.now(UTC) - timedelta(days=days_ago)
        entry = Entry("decision", f"{len(entries):064x}", at, {**last.body, **changes})
        ledger.append(stream, len(entries), entry)


def rows(text: str) -> dict[str, str]:
    """The lines of a section, by their first words."""
    found = [line.strip().split("  ", 1) for line in text.splitlines() if line.startswith("  ")]
    return {each[0]: each[-1].strip() for each in found}


def test_the_approved_configuration_is_told_exactly() -> None:
    """What, for how much, by which policy, by which decision."""
    record("fraud-ranker-v14")

    answer = audit("approved", "--model", "fraud-ranker")

    assert (answer.code, answer.err) == (0, "")
    told = rows(answer.out)
    assert told["approved"] == "ml.c7g.xlarge × 1 (realtime)"
    assert told["recommendation"] == "fraud-ranker-v14/daa5a134"
    assert told["costs"] == "$0.174 per hour, $127.02 a month of 730 h"
    assert told["latency P99"] == "84 ms"
    assert told["package"].endswith(":model-package/fraud-ranker/14")
    assert told["verdict"] == "PASS under prod-realtime (cfa8261)"
    assert told["decision"] == "35ebe0ef69a0, job fraud-ranker-v14"


def test_every_model_is_told_also_one_without_an_approval() -> None:
    """Exit code 0: the question was which."""
    record("fraud-ranker-v14", "support-summarizer-v3")

    answer = audit("approved")
    found = document("approved")

    assert answer.code == 0
    assert answer.out.splitlines()[0].startswith("Approved now: 2 models were decided on")
    assert [(each["model"], each["is_approved"]) for each in found["models"]] == [
        ("fraud-ranker", True),
        ("support-summarizer", False),
    ]
    assert found["schema"] == "recgate-approved/1"
    approval = found["models"][0]["approval"]
    assert approval["configuration"]["cost_per_month_usd"] == "127.02"
    assert approval["until"] is None


@pytest.mark.parametrize("model", ["support-summarizer", "fraud-ranker/13", "nobodys"])
def test_a_model_without_an_approval_is_a_no(model: str) -> None:
    """Exit code 1, for a pipeline that asks before it deploys."""
    record("fraud-ranker-v14", "support-summarizer-v3")

    answer = audit("approved", "--model", model)

    assert (answer.code, answer.err) == (1, "")
    assert "othing" in answer.out
    assert document("approved", "--model", model, code=1)["schema"] == "recgate-approved/1"


def test_a_version_that_was_superseded_is_told_with_the_one_in_force() -> None:
    """Whoever asks for 13 hears of 14."""
    record("fraud-ranker-v14")

    told = rows(audit("approved", "--model", "fraud-ranker/13").out)

    assert told["approved"] == "nothing of version 13"
    assert told["in force"] == "ml.c7g.xlarge × 1 for fraud-ranker v14, decision 35ebe0ef69a0"
    (model,) = document("approved", "--model", "fraud-ranker/13", code=1)["models"]
    assert model["approval"] is None
    assert model["in_force_instead"]["model"]["version"] == 14


def test_a_history_says_what_was_before_and_what_ended_it() -> None:
    """Newest first."""
    record("fraud-ranker-v14")
    again("fraud-ranker-v14", days_ago=0, verdict="FAIL", gate="closed")

    brief = audit("approved", "--model", "fraud-ranker")
    whole = rows(audit("approved", "--model", "fraud-ranker", "--history").out)
    found = document("approved", "--model", "fraud-ranker", "--history", code=1)

    assert brief.code == 1
    assert rows(brief.out)["before"] == "1 earlier approval (--history)"
    assert whole["before"].startswith("ml.c7g.xlarge × 1 for fraud-ranker v14, decision 35eb")
    assert whole["before"].endswith(f"taken away by FAIL {'0' * 12}")
    other = document("approved", "--model", "fraud-ranker/13", "--history", code=1)
    assert other["models"][0]["before"] == []
    (before,) = found["models"][0]["before"]
    assert (before["was_taken_away"], before["ended_by"]) == (True, f"{2:064x}")


def test_a_day_is_told_as_it_was_at_its_end() -> None:
    """What was decided in the course of it counts, what was decided since is not known then."""
    record("fraud-ranker-v14")
    (decided,) = document("list")["decisions"]
    day = datetime.fromisoformat(decided["recorded_at"])
    today, yesterday = day.date().isoformat(), (day - timedelta(days=1)).date().isoformat()

    found = document("approved", "--model", "fraud-ranker", "--on", today)
    then = document("approved", "--model", "fraud-ranker", "--on", yesterday, code=1)

    assert (found["on"], found["models"][0]["is_approved"]) == (today, True)
    assert (then["on"], then["models"]) == (yesterday, [])


def test_an_approval_that_rests_on_an_ended_waiver_is_marked(desk: Path) -> None:
    """It would not be given today."""
    policies = desk / "waived"
    policies.mkdir()
    (policies / "prod.yaml").write_text(
        "version: 1\npolicy: prod\napplies_to: {}\nrequire:\n  max_cost_per_hour_usd: 1.00\n",
        "utf-8",
    )
    today = datetime.now(UTC).date()
    (policies / "waivers.yaml").write_text(
        "version: 1\nwaivers:\n- id: W-1\n  policy: prod\n  limit: max_cost_per_hour_usd\n"
        "  up_to: 9.00\n  only_for: {job_names: [support-*]}\n  reason: none cheaper\n"
        "  requested_by: dana\n  approved_by: ana\n"
        f"  starts: {today - timedelta(days=9)}\n  expires: {today}\n",
        "utf-8",
    )
    record("support-summarizer-v3", policies=policies)
    stream = "job:arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/"
    with SqliteLedger(LEDGER) as ledger:
        entries = ledger.read(f"{stream}support-summarizer-v3")
        body: Any = entries[-1].body
    (waiver,) = body["judgements"][0]["waivers"]
    held = audit("approved", "--model", "support-summarizer")

    waiver["expires"] = (today - timedelta(days=1)).isoformat()
    again("support-summarizer-v3", days_ago=0, judgements=body["judgements"])
    ended = audit("approved", "--model", "support-summarizer")

    assert "cost/hour up to $9.00" in rows(held.out)["waiver"]
    assert "approved by ana" in rows(held.out)["waiver"]
    assert "has ended" not in held.out
    assert ended.code == 0
    assert "WAIVED It rests on a waiver that has ended: W-1" in ended.out
    found = document("approved", "--model", "support-summarizer")
    assert found["models"][0]["approval"]["ended_waivers"] == ["W-1"]


def test_an_approval_whose_record_does_not_name_its_waiver_says_so() -> None:
    """It rests on something that nobody can look up, and until when it holds nobody knows."""
    record("fraud-ranker-v14")
    (decided,) = document("list")["decisions"]
    again("fraud-ranker-v14", days_ago=0, verdict="WAIVED")

    answer = audit("approved", "--model", "fraud-ranker")

    assert decided["verdict"] == "PASS"
    assert rows(answer.out)["waiver"] == "its record does not name the waiver"
    (model,) = document("approved", "--model", "fraud-ranker")["models"]
    assert model["approval"]["is_waiver_missing"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "x", "--since", "3d"], "--model reads it all"),
        (["--on", "2999-01-01"], "has not begun"),
        (["--since", "500d"], "at most 400"),
        (["--on", "2026-01-01", "--since", "2026-06-01"], "is not before 2026-01-02"),
        (["--on", "yesterday"], "--on"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right(arguments: list[str], said: str) -> None:
    """Exit code 2, and nothing on standard output."""
    SqliteLedger(LEDGER).close()

    answer = audit("approved", *arguments)

    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_hostile_names_are_cleaned_for_people_and_exact_for_programs(desk: Path) -> None:
    """The environment is part of what is approved."""
    record(nasty_job(desk), policies=desk / "policies")

    assert_harmless(audit("approved", "--history").out)
    (model,) = document("approved")["models"]
    assert model["approval"]["configuration"]["environment"] == {"=A": NASTY}

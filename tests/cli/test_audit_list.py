"""`recgate audit list`, as somebody uses it who looks for a decision."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from recgate.adapters.sqlite_ledger import SqliteLedger
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
from tests.cli.test_house_rules import at_terminal

GROUP = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/"


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    return at_a_desk(tmp_path, monkeypatch)


def test_the_newest_decision_stands_first_with_everything_about_it() -> None:
    """One line for each."""
    record("fraud-ranker-v14", "support-summarizer-v3")

    answer = audit("list")

    assert (answer.code, answer.err) == (0, "")
    heading, failed, passed, _, count = answer.out.splitlines()
    assert heading.split("  ")[0] == "When (UTC)"
    assert heading.rstrip().endswith("Decision")
    assert failed[18:].split("  ")[0] == "FAIL"
    assert "closed" in failed
    assert "open" in passed
    for told in ("fraud-ranker v14", "ml.c7g.xlarge × 1", "$0.174", "84 ms", "35ebe0ef69a0"):
        assert told in passed
    assert count == "2 decisions of the last 30 days (--since looks further back)"


def test_the_document_has_the_same_exactly() -> None:
    """Numbers are decimal strings, keys and digests whole."""
    record("fraud-ranker-v14")

    found = document("list")

    assert next(iter(found)) == "schema"
    assert found["schema"] == "recgate-decisions/1"
    assert found["looked"]["by"] == "day"
    (row,) = found["decisions"]
    assert len(row["decision"]) == len(row["policies"][0]["digest"]) == 64
    assert row["configuration"]["figures"]["cost_per_hour_usd"] == "0.174"
    assert row["configuration"]["cost_per_month_usd"] == "127.02"
    assert row["model"] == {
        "name": "fraud-ranker",
        "version": 14,
        "package_arn": f"{GROUP}fraud-ranker/14",
    }


@pytest.mark.parametrize(
    ("filters", "jobs"),
    [
        (["--model", "fraud-ranker"], ["fraud-ranker-v14"]),
        (["--model", "fraud-ranker/14"], ["fraud-ranker-v14"]),
        (["--model", f"{GROUP}fraud-ranker/14"], ["fraud-ranker-v14"]),
        (["--model", "fraud-ranker/15"], []),
        (["--job", "churn-xgb-v8"], ["churn-xgb-v8"]),
        (["--verdict", "pass"], ["fraud-ranker-v14"]),
        (
            ["--verdict", "PASS", "--verdict", "UNKNOWN"],
            ["churn-xgb-v8", "fraud-ranker-v14"],
        ),
        (["--policy", "serverless"], []),
        (["--policy", "prod-realtime@cfa8261"], ["churn-xgb-v8", "fraud-ranker-v14"]),
        (["--policy", "prod-realtime@abcd"], []),
        (["--tag", "team=risk"], ["fraud-ranker-v14"]),
        (["--since", "1h"], ["churn-xgb-v8", "fraud-ranker-v14"]),
        (["--until", "2020-01-01"], []),
        (["--limit", "1"], ["churn-xgb-v8"]),
    ],
)
def test_each_filter_leaves_what_it_means(filters: list[str], jobs: list[str]) -> None:
    """Newest first."""
    record("fraud-ranker-v14", "churn-xgb-v8")

    found = document("list", *filters)

    assert [row["job"]["name"] for row in found["decisions"]] == jobs
    assert found["is_cut"] is ("--limit" in filters)


def test_nothing_found_is_an_answer() -> None:
    """Exit code 0, and what was looked through."""
    SqliteLedger(LEDGER).close()

    answer = audit("list", "--verdict", "FAIL")
    told = audit("list", "--model", "nope")

    assert (answer.code, answer.err) == (0, "")
    assert "of the last 30 days" in answer.out
    assert told.out == "No decision of all times is what was asked for.\n"


def test_until_a_date_includes_that_day() -> None:
    """Until today is until its end, not its beginning."""
    record("fraud-ranker-v14")
    (decided,) = document("list")["decisions"]
    day = datetime.fromisoformat(decided["recorded_at"]).date()

    found = document("list", "--until", day.isoformat())
    sooner = document("list", "--until", (day - timedelta(days=1)).isoformat())

    assert len(found["decisions"]) == 1
    assert sooner["decisions"] == []


@pytest.mark.parametrize("form", ["%G-W%V-%u", "%GW%V%u", "%G-W%V"])
def test_until_a_day_of_a_week_includes_it(form: str) -> None:
    """And a week without a day means all of it."""
    record("fraud-ranker-v14")
    (decided,) = document("list")["decisions"]
    day = datetime.fromisoformat(decided["recorded_at"]).date()

    assert len(document("list", "--until", day.strftime(form))["decisions"]) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--since", "401d"], "at most 400. Name a model"),
        (["--since", "1h", "--until", "2h"], "is not before --until"),
        (["--since", "tomorrow"], "no time in the past"),
        (["--verdict", "NOPE"], "NOPE"),
        (["--tag", "prod"], "KEY=VALUE"),
        (["--policy", "prod@xyz"], "NAME@REVISION"),
        (["--model", "arn:aws:sagemaker:eu-west-1:111122223333:x/y"], "is no model"),
        (["--limit", "0"], "--limit"),
        (["--ledger", "nope.db"], "There is no ledger nope.db"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_right(arguments: list[str], said: str) -> None:
    """Exit code 2, and nothing on standard output."""
    SqliteLedger(LEDGER).close()

    answer = audit("list", *arguments)

    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_a_decision_that_a_waiver_allowed_is_marked(desk: Path) -> None:
    """With the waiver's name beside the policy."""
    policies = desk / "waived"
    policies.mkdir()
    (policies / "prod.yaml").write_text(
        "version: 1\npolicy: prod\napplies_to: {}\nrequire:\n  max_cost_per_hour_usd: 1.00\n",
        "utf-8",
    )
    (policies / "waivers.yaml").write_text(
        "version: 1\nwaivers:\n- id: W-1\n  policy: prod\n  limit: max_cost_per_hour_usd\n"
        "  up_to: 9.00\n  only_for: {job_names: [support-*]}\n  reason: none cheaper\n"
        "  requested_by: dana\n  approved_by: ana\n  starts: 2026-11-01\n  expires: 2026-12-31\n",
        "utf-8",
    )
    record("support-summarizer-v3", policies=policies)

    assert "prod (waiver W-1)" in audit("list").out
    (row,) = document("list", "--by", "ANA")["decisions"]
    assert row["verdict"] == "WAIVED"
    assert row["waivers"][0]["approved_by"] == "ana"


def test_hostile_names_are_cleaned_for_people_and_exact_for_programs(desk: Path) -> None:
    """Nothing is obeyed by a terminal; a program gets back what was recorded."""
    record(nasty_job(desk), policies=desk / "policies")

    text = audit("list").out
    found = audit("list", "--output", "json")

    assert_harmless(text)
    assert_harmless(found.out)
    (row,) = document("list")["decisions"]
    assert row["job"]["name"] == f"job {NASTY}"
    assert row["configuration"]["recommendation_id"] == NASTY


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_a_terminal_of_any_width_shows_whole_names(desk: Path, width: int) -> None:
    """As a table where there is room, else on lines of their own; no column is squeezed."""
    record("fraud-ranker-v14", "thumbnailer-v5")

    shown = at_terminal(
        "audit", "list", "--ledger", f"{desk / LEDGER}", COLUMNS=str(width), NO_COLOR="1"
    )

    lines = [line.rstrip() for line in shown.splitlines()]
    assert max(map(len, lines)) <= width
    assert sum("fraud-ranker-v14" in line for line in lines) == 1
    assert sum("35ebe0ef69a0" in line for line in lines) == 1
    assert any(line.startswith("When (UTC)") for line in lines) is (width == 200)

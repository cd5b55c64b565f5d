"""The message of a running job, and what stands in the thread of a verdict."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from recgate.domain.job import JobStatus, Step
from recgate.domain.progress import benchmarks_of
from recgate.domain.progress_note import ProgressNote
from recgate.domain.telling import Telling
from recgate.rendering.slack.limits import violations
from recgate.rendering.slack.progress import closed_progress_form, progress_form
from recgate.rendering.slack.thread import details_form
from tests.builders import NOW, at_most, candidate, decision, policy, snapshot
from tests.rendering.decisions import decisions, notes, tellings
from tests.rendering.test_slack_messages import block, parts, said

P99 = policy(at_most("max_latency_p99_ms", 120))


# --- progress ------------------------------------------------------------------------------


def note(*steps: Step, **changes: Any) -> ProgressNote:
    """A job that has run for half an hour."""
    running = snapshot(
        status=JobStatus.IN_PROGRESS, steps=steps, created_at=NOW - timedelta(minutes=30)
    )
    made = ProgressNote(running, benchmarks_of(steps), ("prod-realtime",), NOW)
    return replace(made, **changes)


def test_progress_says_how_many_load_tests_are_done_of_those_listed() -> None:
    """With how long it runs, and how long its like take."""
    steps = [Step("COMPLETED")] * 2 + [Step("IN_PROGRESS"), Step("PENDING")]

    message = progress_form(note(*steps))

    assert message["text"] == "Benchmarking fraud-ranker v14: 2 of 4 load tests done so far"
    assert said(block(message, "head")) == "Benchmarking fraud-ranker v14"
    assert said(block(message, "verdict")).splitlines() == [
        ":hourglass_flowing_sand: *In progress*, 2 of 4 load tests done so far",
        "Started 30 min ago, usual: 45 min (at most, as AWS documents Default jobs)",
        "Checked against `prod-realtime` when the job completes",
    ]
    assert "updated in place, no new message until the verdict" in said(block(message, "facts"))


def test_progress_tells_early_what_has_failed() -> None:
    """Nobody has to wait for the end to read that the container does not start."""
    failed = Step("FAILED", "ml.c7g.large", failure_reason="ModelError: <!here> 500")

    message = progress_form(note(failed))

    assert "1 of 1 load tests done so far, 1 of them failed" in message["text"]
    assert said(block(message, "benchmarks")) == (
        "Failed so farml.c7g.large: ModelError: <!here> 500"
    )


def test_progress_without_a_policy_says_so() -> None:
    """While there is still time to write one."""
    message = progress_form(note(policies=()))

    assert "No policy is known to apply to it yet" in said(block(message, "verdict"))


@pytest.mark.parametrize("made", notes().values(), ids=notes())
def test_progress_keeps_the_limits_of_an_update_and_calls_nobody(made: ProgressNote) -> None:
    """The same form is posted first and put in its own place later."""
    message = progress_form(made)

    assert violations(message) == []
    assert violations({**message, "ts": "1795242725.000100"}, update=True) == []
    assert "<@" not in str(message)
    assert "<!subteam" not in str(message)
    assert message["metadata"]["event_type"] == "recgate_progress"
    assert message["metadata"]["event_payload"]["dedupe_key"].endswith(":progress")


def test_progress_keeps_its_parts_and_changes_its_ids() -> None:
    """Slack wants other ids whenever a message is changed."""
    first, later = progress_form(note()), progress_form(note(seen_at=NOW + timedelta(minutes=5)))

    assert parts(first) == parts(later)
    ids = [{each["block_id"] for each in message["blocks"]} for message in (first, later)]
    assert not ids[0] & ids[1]


@pytest.mark.parametrize("name", tellings())
def test_closed_progress_points_to_the_verdict_quietly(name: str) -> None:
    """One line, and nobody is called."""
    telling = tellings()[name]

    message = closed_progress_form(telling)

    assert message["text"].startswith("Benchmarked fraud-ranker v14: ")
    assert message["text"].endswith(". The verdict is in a message of its own.")
    assert violations({**message, "ts": "1795242725.000100"}, update=True) == []
    assert "<@" not in str(message)


def test_closed_progress_says_the_verdict() -> None:
    """Whoever follows the job finds the end of it there."""
    elsewhere = closed_progress_form(Telling(decisions()["pass"]), told=False)
    message = closed_progress_form(Telling(decisions()["pass"]))

    assert message["text"] == (
        "Benchmarked fraud-ranker v14: PASS. The verdict is in a message of its own."
    )
    assert "in a message of its own" not in str(elsewhere)
    assert "This channel is not told more" in elsewhere["text"]
    assert parts(message) == ["head", "verdict", "facts"]


@pytest.mark.parametrize("text", ["🔥" * 3_000, "<!channel>", "`|`<x|y>", "\u202e\x00", ""])
def test_progress_takes_any_text(text: str) -> None:
    """Names and reasons are foreign."""
    step = Step("FAILED", text, text, text)
    made = note(*[step] * 40, policies=(text,) * 40)
    odd = replace(
        made,
        snapshot=replace(made.snapshot, job_name=text, model_package_group=text, account=text),
    )

    for message in (
        progress_form(odd),
        closed_progress_form(Telling(decision(odd.snapshot, P99))),
    ):
        assert violations(message) == []
        assert message["blocks"]


# --- details -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["pass", "pass-of-seven", "fail", "unknown", "uncovered", "failed", "stopped", "error"]
)
def test_there_are_no_details_where_the_verdict_shows_everything(name: str) -> None:
    """A thread says what is new, or nothing."""
    assert details_form(Telling(decisions()[name])) is None


def details(made: Telling) -> dict[str, Any]:
    message = details_form(made)
    assert message is not None
    assert violations(message) == []
    (only,) = message["blocks"]
    assert only["type"] == "data_table"
    return message


def test_details_show_a_figure_that_a_limit_is_set_on() -> None:
    """CPU utilization has no column beside the verdict."""
    message = details(Telling(decisions()["pass-judged-on-more"]))

    (table,) = message["blocks"]
    assert message["text"] == "All 7 configurations of fraud-ranker v14"
    assert table["caption"] == (
        "All 7 configurations of fraud-ranker v14. Compliant first, then cheapest."
    )
    assert [cell["text"] for cell in table["rows"][0]] == [
        *("Configuration", "Verdict", "$/h", "$/1M inf.", "P99 (ms)", "Model latency (ms)"),
        *("Max inv./min", "CPU (%)"),
    ]
    assert len(table["rows"]) == 8
    assert message["metadata"]["event_payload"]["dedupe_key"].endswith(":details")


def test_details_show_the_rows_that_the_verdict_has_no_room_for() -> None:
    """Or as many as a message holds, and how many are left out."""
    rows = [candidate(f"ml.m{n}.large", latency_p99_ms=200 + n) for n in range(30)]
    many = [candidate(f"ml.m{n}.large", latency_p99_ms=200 + n) for n in range(300)]

    (table,) = details(Telling(decision(snapshot(*rows), P99)))["blocks"]
    (most,) = details(Telling(decision(snapshot(*many), P99)))["blocks"]

    assert len(table["rows"]) == 31
    shown = len(most["rows"]) - 1
    assert shown >= 30
    assert f"{300 - shown} are left out" in most["caption"]


def test_details_keep_the_existing_endpoint() -> None:
    """What everything is compared with."""
    (table,) = details(Telling(decisions()["pass-beside-an-endpoint"]))["blocks"]

    assert table["rows"][-1][0]["text"] == "fraud-prod"
    assert {len(row) for row in table["rows"]} == {len(table["rows"][0])}

"""Slack's forms, beside what the golden files show."""

from typing import Any

import pytest

from recgate.domain.job import JobStatus
from recgate.rendering.slack_blocks import forms
from recgate.rendering.slack_limits import violations
from recgate.rendering.sns_message import publish_arguments
from tests.builders import at_most, candidate, decision, policy, snapshot
from tests.rendering.decisions import decisions

MENTIONS = ("<@U0123ABCD>", "<!subteam^S0123ABCD>")
P99 = policy(at_most("max_latency_p99_ms", 120))


@pytest.mark.parametrize("name", decisions())
def test_people_are_mentioned_on_fail_and_failed_only(name: str) -> None:
    """And in every form of it, so that the simplest one calls them too."""
    made = decisions()[name]
    called = name.startswith("fail")

    for message in forms(made, mentions=MENTIONS):
        assert ("<@U0123ABCD>" in str(message)) is called
        assert ("<!subteam^S0123ABCD>" in str(message)) is called


@pytest.mark.parametrize("mention", ["<!channel>", "<!here>", "<!everyone>", "@dana", "<@u1>", ""])
def test_a_mention_that_calls_everybody_is_never_used(mention: str) -> None:
    """Only people and groups by their ids."""
    made = decisions()["fail"]

    assert forms(made, mentions=(mention,)) == forms(made)


def test_more_rows_than_fit_are_counted() -> None:
    """A recorded file may hold more than SageMaker's ten."""
    rows = [candidate(f"ml.m{n}.large", latency_p99_ms=200 + n) for n in range(60)]

    rich, simple, _ = forms(decision(snapshot(*rows), P99))

    (table,) = [block for block in rich["blocks"] if block["type"] == "table"]
    shown = len(table["rows"]) - 1
    assert f"{60 - shown} more configurations" in str(rich["blocks"])
    assert "more" in str(simple["blocks"])
    assert violations(rich) == violations(simple) == []


def test_the_table_has_six_columns_and_the_verdict_second() -> None:
    """It has to survive the width of a phone."""
    rich, _, _ = forms(decisions()["fail"])

    (table,) = [block for block in rich["blocks"] if block["type"] == "table"]
    assert [cell["text"] for cell in table["rows"][0]] == [
        "Configuration",
        "Verdict",
        "$/h",
        "$/1M inf.",
        "P99 (ms)",
        "Max inv./min",
    ]
    assert {len(row) for row in table["rows"]} == {6}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def table(*, rows: int, cells: int, text: str = "x") -> dict[str, Any]:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * cells] * rows}


@pytest.mark.parametrize(
    "broken",
    [
        {"text": ""},
        {"text": "x" * 40_001},
        {"blocks": [section("x")] * 51},
        {"blocks": [section("x" * 3_001)]},
        {"blocks": [section("x" * 2_900)] * 5},
        {"blocks": [section("é" * 2_100)]},
        {"blocks": [section("")]},
        {"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}]},
        {"blocks": [{"type": "context", "elements": [{"type": "mrkdwn", "text": "x" * 2_001}]}]},
        {"blocks": [table(rows=101, cells=1)]},
        {"blocks": [table(rows=1, cells=21)]},
        {"blocks": [table(rows=11, cells=1, text="x" * 1_000)]},
        {"blocks": [table(rows=1, cells=1), table(rows=1, cells=1)]},
        {"blocks": [table(rows=1, cells=1, text="")]},
        {"metadata": {"event_type": "x", "event_payload": {"a": "x" * 2_000}}},
    ],
)
def test_what_slack_would_refuse_is_found_before_it_does(broken: dict[str, Any]) -> None:
    """One limit broken, one violation at least."""
    assert violations({"text": "fine", "blocks": [section("fine")]}) == []
    assert violations({"text": "fine", **broken}) != []


def test_what_is_not_known_is_left_out_of_the_attributes() -> None:
    """SNS refuses an empty value."""
    bare = snapshot(status=JobStatus.STOPPED, region=None, account=None)

    attributes = publish_arguments(decision(bare))["MessageAttributes"]

    assert set(attributes) == {"event", "verdict", "severity", "model", "schema"}
    assert attributes["event"]["StringValue"] == "job_stopped"


def test_the_environment_is_that_of_the_tag() -> None:
    """For filter policies of subscriptions."""
    tagged = snapshot(candidate(latency_p99_ms=84), tags={"env": "prod"})

    attributes = publish_arguments(decision(tagged, P99))["MessageAttributes"]

    assert attributes["environment"] == {"DataType": "String", "StringValue": "prod"}
    assert attributes["severity"] == {"DataType": "Number", "StringValue": "1"}

"""The tables of docs/messages.md say what the code does."""

import re
from dataclasses import replace

import pytest

from recgate.domain.decision import Decision
from recgate.domain.job import JobStatus
from recgate.domain.route import Console, Route, SlackBot
from recgate.domain.routing import routes_for
from recgate.domain.telling import Telling
from recgate.domain.verdict import Verdict
from recgate.rendering.slack.blocks import forms
from recgate.rendering.sns.message import severity
from recgate.rendering.words import spoken
from tests.builders import at_most, decision, policy, snapshot
from tests.cli.runner import ROOT

PAGE = (ROOT / "docs/messages.md").read_text("utf-8")
MENTION = "<!subteam^S0123ABCD>"


def table(first: str) -> list[list[str]]:
    """The cells of the table whose first heading is this, the headings first."""
    (text,) = re.findall(rf"^\| {first} \|.*?\n\n", PAGE + "\n\n", re.M | re.S)
    rows = [line for line in text.splitlines() if line and not line.startswith("|---")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def of(verdict: Verdict, *, failed: bool = False) -> Decision:
    """A decision with this verdict."""
    status = JobStatus.FAILED if failed else JobStatus.COMPLETED
    made = decision(snapshot(status=status), policy(at_most("max_cost_per_hour_usd", 1)))
    return replace(made, evaluation=made.evaluation._replace(verdict=verdict))


HEADINGS = table("what is configured")[0]
CASES = [
    pytest.param(heading, of(Verdict(word.replace(" ", "_"))), id=word)
    for heading in HEADINGS[1:-1]
    for word in heading.split(", ")
] + [pytest.param(HEADINGS[-1], of(Verdict.NO_RESULT, failed=True), id="FAILED job")]


def test_every_verdict_is_in_both_tables() -> None:
    """With the gate as it is."""
    _, *rows = table("verdict")
    told = {word for heading in HEADINGS[1:-1] for word in heading.split(", ")}

    assert {row[0]: row[-1] for row in rows} == {
        spoken(verdict): "open" if verdict.opens_gate else "closed" for verdict in Verdict
    }
    assert told == {spoken(verdict) for verdict in Verdict}
    assert len({len(row) for row in table("what is configured")}) == 1


@pytest.mark.parametrize(("heading", "made"), CASES)
def test_a_verdict_is_as_severe_as_the_table_says(heading: str, made: Decision) -> None:
    """The number that pagers filter by."""
    (topic,) = (row for row in table("what is configured") if row[0].startswith("the stack's"))
    cell = topic[HEADINGS.index(heading)]

    assert str(severity(made)) in re.findall(r"\d", cell)


@pytest.mark.parametrize(("heading", "made"), CASES)
def test_whoever_the_table_mentions_is_mentioned_and_nobody_else(
    heading: str, made: Decision
) -> None:
    """On a failure, by a route that says whom."""
    (route,) = (row for row in table("what is configured") if "without `on`" in row[0])
    cell = route[HEADINGS.index(heading)]
    is_mentioned = MENTION in str(forms(Telling(made), mentions=(MENTION,)))

    assert is_mentioned == ("`mention_on_fail` is mentioned" in cell)


@pytest.mark.parametrize(("heading", "made"), CASES)
def test_by_default_every_route_hears_every_verdict(heading: str, made: Decision) -> None:
    """The built-in ones, and those of a file without ``on``."""
    assert heading in HEADINGS
    routes = {
        "slack": Route("slack", SlackBot("C0123456789", "recgate/slack")),
        "mail": Route("mail", Console()),
    }

    told = routes_for(made.snapshot, made.evaluation, routes, tuple(routes))

    assert told == ("slack", "mail")

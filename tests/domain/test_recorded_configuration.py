"""A configuration as a record tells it, and which one is the approved one."""

from typing import Any

from recgate.domain.recorded_configuration import (
    approved_candidate,
    approved_row,
    configuration_in,
    told_candidate,
)


def row(name: str, verdict: str = "PASS", *, warnings: int = 0, **more: Any) -> dict[str, Any]:
    """A candidate in a record."""
    findings = [{"limit": f"l{n}", "outcome": "WARN"} for n in range(warnings)]
    return {"recommendation_id": name, "verdict": verdict, "findings": findings, **more}


def judged(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What one policy said."""
    return {"candidates": list(rows), "candidates_needed": 1, **more}


def test_of_those_that_pass_the_best_is_approved() -> None:
    """By its verdict, then by its warnings, then by the order of the job."""
    last = row("c")

    assert approved_candidate([judged(row("a", "WARN", warnings=1), row("b"), last)]) == row("b")
    assert approved_candidate(
        [judged(row("a", "WARN", warnings=2), row("b", "WARN", warnings=1))]
    ) == row("b", "WARN", warnings=1)
    assert approved_candidate([judged(row("a", "FAIL"))]) is None
    assert approved_candidate([]) is None


def test_a_verdict_that_nobody_knows_approves_nothing() -> None:
    """It may be of a later version: it is no PASS."""
    assert approved_candidate([judged(row("a", "BRILLIANT"))]) is None
    assert approved_candidate([judged({"recommendation_id": "a"})]) is None


def test_each_row_of_a_repeated_id_is_judged_for_itself() -> None:
    """The second one passes, and is not held up by the first."""
    first, second = row("same", "FAIL", n=1), row("same", n=2)

    found = approved_row([judged(first, second), judged(first, second)])

    assert found is not None
    assert (found.name, found.before, found.row) == ("same", 1, second)
    assert told_candidate(judged(first, second, chosen="same"), found) == second


def test_the_environment_is_part_of_what_is_approved() -> None:
    """The same instance with other variables is another configuration."""
    one = configuration_in(row("a", environment={"WORKERS": "1"}))
    two = configuration_in(row("a", environment={"WORKERS": "2"}))

    assert one.identity != two.identity
    assert one.identity == configuration_in(row("a", environment={"WORKERS": "1"})).identity


def test_the_nearest_to_compliant_is_told_where_one_would_do() -> None:
    """Where all must comply the deciding one is told: the nearest miss is not the trouble."""
    rows = (row("a", "FAIL"), row("b", "FAIL"))
    more = {"verdict": "FAIL", "deciding": "a", "nearest_miss": {"recommendation_id": "b"}}

    assert told_candidate(judged(*rows, **more), None) == rows[1]
    assert told_candidate(judged(*rows, **more) | {"candidates_needed": "all"}, None) == rows[0]

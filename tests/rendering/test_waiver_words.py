"""Waivers in words."""

from dataclasses import replace
from datetime import date

import pytest

from recgate.domain.scope import Condition, Scope
from recgate.domain.telling import Telling
from recgate.rendering.story import story_of
from recgate.rendering.waiver_words import (
    bound_words,
    people_words,
    scope_words,
    until_words,
    used_waivers,
    waiver_notes,
    waiver_words,
)
from tests.builders import TODAY, at_most, candidate, decision, policy, snapshot, waiver
from tests.rendering.decisions import HOSTILE

PROD = policy(at_most("max_cost_per_hour_usd", 2.5))
DEAR = candidate("ml.g5.2xlarge", cost_per_hour_usd=3.5)


def test_a_waiver_says_what_for_how_long_and_by_whose_word() -> None:
    """Everything that somebody asks who sees WAIVED."""
    assert waiver_words(waiver(up_to=3.5), TODAY) == (
        "W-2026-014: cost/hour up to $3.50 until 31 Dec 2026, approved by "
        "finops-lead@example.com, asked for by dana@example.com: GPU shortage in eu-west-1, "
        "CHG-4471"
    )


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (waiver(up_to=3.5), "cost/hour up to $3.50"),
        (waiver("min_invocations_per_minute", down_to=300), "max invocations down to 300/min"),
        (waiver("min_latency_gain_over_existing_pct", down_to=-5.0),
         "latency gain over the existing endpoint down to -5%"),
        (waiver("instance_families", allow=frozenset({"p5", "g6"})), "instance family g6, p5"),
    ],
)  # fmt: skip
def test_every_kind_of_bound_has_its_words(made: object, words: str) -> None:
    """With its unit."""
    assert bound_words(made) == words  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (date(2026, 12, 31), "until 31 Dec 2026"),
        (date(2026, 12, 5), "until 5 Dec 2026"),
        (date(2026, 12, 4), "until 4 Dec 2026 (14 days left)"),
        (date(2026, 11, 22), "until 22 Nov 2026 (2 days left)"),
        (date(2026, 11, 21), "until 21 Nov 2026 (its last day)"),
        (date(2026, 11, 20), "ended on 20 Nov 2026"),
    ],
)
def test_an_end_that_is_near_is_counted_in_days(last: date, words: str) -> None:
    """The last day is included."""
    assert until_words(waiver(up_to=3.5, expires=last), TODAY) == words


def test_a_decision_tells_of_the_waivers_that_counted_and_of_those_that_did_not() -> None:
    """Used, too short, and malformed; one that was not needed is not mentioned."""
    wide = waiver(up_to=9.0, id="W-wide")
    made = decision(
        snapshot(DEAR, candidate("ml.g5.12xlarge", cost_per_hour_usd=20.0)),
        PROD,
        waivers=[waiver(up_to=3.0, id="W-short"), waiver(up_to=4.0), wide],
    )
    made = replace(made, waiver_problems=("policies/waivers.yaml:9: waivers[1].up_to: is missing",))

    notes = waiver_notes(made)

    assert [note.partition(": ")[0] for note in notes] == [
        "Waiver W-2026-014",
        "Waiver W-short does not reach",
        "Waiver W-wide does not reach",
        "A waiver that is malformed did not count",
    ]
    assert story_of(Telling(made)).notes[: len(notes)] == tuple(notes)


def test_a_pass_needs_no_word_about_waivers() -> None:
    """What was not needed is not told."""
    fine = decision(snapshot(candidate(cost_per_hour_usd=1.0)), PROD, waivers=[waiver(up_to=9)])

    assert waiver_notes(fine) == []


def test_a_hostile_reason_breaks_no_line() -> None:
    """Reason, names, ids, families and patterns are what somebody typed."""
    ugly = waiver(
        "instance_families",
        allow=frozenset({HOSTILE}),
        scope=Scope((Condition("tags.team", (HOSTILE,)),)),
        id=HOSTILE,
        reason=HOSTILE * 40,
        requested_by=HOSTILE,
        approved_by=HOSTILE,
    )

    for words in (waiver_words(ugly, TODAY), bound_words(ugly), scope_words(ugly)):
        assert words.isprintable()
        assert not {"\x00", "\u202e", "\u200b", "\n", "\r"} & set(words)
    assert len(waiver_words(ugly, TODAY)) < 800
    assert len(bound_words(ugly)) < 300
    assert len(scope_words(ugly)) <= 120


def test_a_hostile_waiver_that_does_not_reach_is_told_on_one_line() -> None:
    """Its id, too."""
    short = waiver(up_to=3.0, id=HOSTILE)
    made = decision(snapshot(DEAR), PROD, waivers=[short])

    (note,) = waiver_notes(made)

    assert note.isprintable()
    assert note.endswith(" does not reach: it allows cost/hour up to $3.00")


def test_of_many_patterns_the_widest_is_not_cut_off() -> None:
    """A `*` at the end of a long list opens everything: it comes first."""
    names = tuple(f"job-{number}" for number in range(40))
    made = waiver(scope=Scope((Condition("job_names", (*names, "checkout-*", "*")),)), up_to=1)

    words = scope_words(made)

    assert words.startswith("job_names *, checkout-*, job-0, ")
    assert words.endswith("…")


def test_every_condition_of_a_scope_is_told() -> None:
    """All of them must match."""
    both = Scope((Condition("job_names", ("a-*",)), Condition("tags.env", ("prod", "dev"))))

    assert scope_words(waiver(up_to=1, scope=both)) == "job_names a-*; tags.env dev, prod"


def test_the_people_are_told_by_their_part() -> None:
    """Who granted it comes first."""
    assert people_words(waiver(up_to=1, approved_by="ana", requested_by="bo")) == (
        "approved by ana, asked for by bo"
    )


def test_a_waiver_that_two_policies_used_is_named_once() -> None:
    """Each once, in the order of the policies."""
    other = replace(PROD, name="other")
    mine = waiver(up_to=9, id="W-1")
    theirs = waiver(up_to=9, id="W-2", policy="other")
    made = decision(snapshot(DEAR), PROD, other, waivers=[theirs, mine])
    judgements = made.evaluation.judgements

    assert [each.id for each in used_waivers((*judgements, *judgements))] == ["W-1", "W-2"]


def test_a_waiver_of_a_limit_that_passes_is_not_said_to_fall_short() -> None:
    """Only one whose limit still fails somewhere."""
    held = policy(at_most("max_cost_per_hour_usd", 2.5), at_most("max_latency_p99_ms", 100))
    row = candidate("ml.g5.2xlarge", cost_per_hour_usd=3.5, latency_p99_ms=50.0)
    latency = waiver("max_latency_p99_ms", up_to=101, id="W-latency")

    assert waiver_notes(decision(snapshot(row), held, waivers=[latency])) == []

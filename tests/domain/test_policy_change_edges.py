"""The edges of what counts as a change of policies, and of what is said of it."""

from copy import deepcopy
from pathlib import Path

import pytest

from recgate.domain.policy_changes import changes_between
from recgate.rendering.policy_diff.diff import PolicyDiff, consequence
from recgate.rendering.policy_diff.words import change_words
from tests.rendering.test_policy_diff import (
    BASE,
    SNS,
    TODAY,
    WAIVER,
    changes,
    limits,
    loaded,
    policy,
    told,
)


def test_an_empty_tag_that_is_asked_for_is_a_change(tmp_path: Path) -> None:
    """An empty value is asked for, too: jobs without the tag are not concerned any more."""
    asked = policy(applies_to={"tags": {"env": ""}})

    old, new = loaded(tmp_path / "old", **policy()), loaded(tmp_path / "new", **asked)
    [added] = map(change_words, changes_between(old, new, TODAY))
    [taken] = map(change_words, changes_between(new, old, TODAY))

    assert added == 'prod: tags.env: only "" is concerned now, everything was before (either way)'
    assert '""' in taken


def test_a_text_and_the_number_that_it_spells_are_told_apart(tmp_path: Path) -> None:
    """The text in quotes: "1" is accepted no longer where 1 is."""
    texts = policy(require={"job": [{"path": "JobType", "one_of": ["1"]}]})
    numbers = policy(require={"job": [{"path": "JobType", "one_of": [1]}]})

    [line] = told(tmp_path, texts, numbers)

    assert line == ('prod: job JobType: 1 is newly accepted; "1" is no longer (either way)')


@pytest.mark.parametrize("bound", ["warn", "fail"])
def test_a_digit_that_no_verdict_can_tell_is_no_change(tmp_path: Path, bound: str) -> None:
    """Six digits are compared: 2.50000001 is 2.5."""
    old = {"warn": 2.5, "fail": 2.5}

    found = changes(
        tmp_path,
        limits(max_cost_per_hour_usd=old),
        limits(max_cost_per_hour_usd={**old, bound: 2.50000001 if bound == "fail" else 2.49999999}),
    )

    assert found == ()


def test_another_fallback_of_a_route_is_told(tmp_path: Path) -> None:
    """Who hears of it when the route fails is somebody else now."""
    old, new = (
        {
            **policy(),
            "routes": {
                "version": 1,
                "routes": {
                    **{name: deepcopy(SNS) for name in ("b", "c")},
                    "a": {**deepcopy(SNS), "fallback": fallback},
                },
            },
        }
        for fallback in ("b", "c")
    )

    [line] = told(tmp_path, old, new)

    assert line == "route a: fallback: b → c"


def test_a_policy_that_is_renamed_with_its_waiver_leaves_the_waiver_as_it_was(
    tmp_path: Path,
) -> None:
    """It allows the same to the same jobs."""
    old = {"prod": BASE, **_waivers(policy="prod")}
    new = {"live": {**BASE, "policy": "live"}, **_waivers(policy="live")}

    lines = told(tmp_path, old, new)

    assert len(lines) == 1
    assert lines[0].startswith("live: ")


def _waivers(**members: object) -> dict[str, object]:
    return {"waivers": {"version": 1, "waivers": [{**WAIVER, **members}]}}


def test_where_only_a_warning_moved_some_verdicts_get_another_word(tmp_path: Path) -> None:
    """PASS and WARN are not the same verdict, and both open the gate."""
    moved = limits(max_cost_per_hour_usd={"warn": 1.5, "fail": 2.5})

    found = changes(tmp_path, policy(), moved)

    words = consequence(PolicyDiff("old", "new", found))
    assert words == "no gate moves, though some verdicts get another word"

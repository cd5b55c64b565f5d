"""Whom a changed scope newly concerns: told where it is certain, never guessed."""

import pytest

from recgate.domain.policy_change_detail import Concern, Pattern
from recgate.domain.policy_change_scopes import narrows, scope_changes, widens
from recgate.domain.scope import Condition, Scope


def concern(old: tuple[str, ...], new: tuple[str, ...]) -> Concern:
    scopes = (Scope((Condition("job_names", each),)) for each in (old, new))
    ((_, found),) = scope_changes(*scopes)
    assert isinstance(found, Concern)
    return found


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [("*", "a-*"), ("a*", "a-b-*"), ("a-*", "a-b"), ("a?", "ab"), ("[ab]", "a")],
)
def test_a_pattern_inside_another_is_nobody_new(wide: str, narrow: str) -> None:
    """Whoever it matches was matched before."""
    found = concern((wide,), (wide, narrow))

    assert not widens(found)
    assert not narrows(found)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a?", "a*"),  # a* matches abc, too
        ("a[*]", "a*"),
        ("*a]*", "[a]x"),  # its text ends in a]x, and it matches ax
        ("a[bc]", "a[b]"),  # nobody new, but only a reader of patterns can tell
        ("a", "A"),
    ],
)
def test_where_it_is_not_certain_somebody_is_newly_concerned(old: str, new: str) -> None:
    """Better to be told once too often."""
    found = concern((old,), (old, new))

    assert [each.text for each in found.joins] == [new]


def test_what_a_wider_pattern_already_had_inside_is_named() -> None:
    """eu-* is new, and eu-west-1 was concerned before."""
    found = concern(("eu-west-1", "us-east-1"), ("eu-*", "us-east-1"))

    assert found.joins == (Pattern("eu-*", but_for=("eu-west-1",)),)
    assert found.leaves == ()

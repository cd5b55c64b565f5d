"""The difference for a terminal: what can open a gate first, and marked."""

from collections.abc import Iterator

from recgate.domain.policy_change import Bearing
from recgate.rendering.policy_diff.diff import PolicyDiff, consequence, count_words
from recgate.rendering.policy_diff.words import change_words
from recgate.rendering.safe_text import clean

_PLACE = 400

HEADINGS = {
    Bearing.LOOSER: "Looser: can open a gate that was closed",
    Bearing.EITHER: "Either way: can open one gate and close another",
    Bearing.TIGHTER: "Tighter: can close a gate that was open",
    Bearing.NONE: "Moves no gate",
}
MARKS = {Bearing.LOOSER: "!", Bearing.EITHER: "!"}
"""What can open a gate is what a reviewer must not overlook."""

WHY_EITHER = (
    "a job that no policy judges is UNCOVERED, its gate closed; one that several judge "
    "must please them all"
)


def text_lines(diff: PolicyDiff) -> Iterator[str]:
    """The lines, without their line ends."""
    yield f"{clean(diff.old, _PLACE)} → {clean(diff.new, _PLACE)}"
    for bearing in Bearing:
        changes = diff.with_bearing(bearing)
        if changes:
            yield ""
            yield HEADINGS[bearing]
        for change in changes:
            yield f"{MARKS.get(bearing, ' ')} {change_words(change)}"
        if changes and bearing is Bearing.EITHER:
            yield f"  ({WHY_EITHER})"
    if diff.problems:
        yield ""
        yield "Waivers with mistakes, which count as absent"
    for problem in diff.problems:
        yield f"  {clean(problem, _PLACE)}"
    yield ""
    yield f"{count_words(diff).capitalize()}: {consequence(diff)}."

"""The difference as it is told: two sides with their names, the changes, and the sum of them."""

from dataclasses import dataclass

from recgate.domain.policy_change import Bearing, Change, Touches


@dataclass(frozen=True, slots=True)
class PolicyDiff:
    """Two folders of policies under the names that the user gave them.

    ``changes`` come in the order of `recgate.domain.policy_change.in_order`. ``problems`` are the
    mistakes in the waivers of either side, each with its place: what is malformed counts as
    absent.
    """

    old: str
    new: str
    changes: tuple[Change, ...]
    problems: tuple[str, ...] = ()

    def with_bearing(self, bearing: Bearing) -> tuple[Change, ...]:
        """The changes of one direction."""
        return tuple(change for change in self.changes if change.bearing is bearing)


def count_words(diff: PolicyDiff) -> str:
    """``4 changes: 1 looser, 2 tighter, 1 that moves no gate``."""
    if not diff.changes:
        return "no change"
    counts = {bearing: len(diff.with_bearing(bearing)) for bearing in Bearing}
    words = {
        Bearing.LOOSER: "looser",
        Bearing.EITHER: "either way",
        Bearing.TIGHTER: "tighter",
        Bearing.NONE: "that moves no gate" if counts[Bearing.NONE] == 1 else "that move no gate",
    }
    told = ", ".join(f"{counts[each]} {words[each]}" for each in Bearing if counts[each])
    total = len(diff.changes)
    return f"{total} change{'' if total == 1 else 's'}: {told}"


def consequence(diff: PolicyDiff) -> str:
    """What all changes together can do, in one sentence."""
    opens = any(change.bearing.can_open for change in diff.changes)
    closes = any(change.bearing.can_close for change in diff.changes)
    if opens and closes:
        return "some jobs whose gate was closed could pass, and some that passed could be stopped"
    if opens:
        return "some jobs whose gate was closed could pass; none that passed can be stopped"
    if closes:
        return "some jobs that passed could be stopped; none whose gate was closed can pass"
    if any(change.touches is Touches.VERDICT for change in diff.changes):
        return "no gate moves, though some verdicts get another word"
    return "every job gets the same verdict"

"""Correctness before speed: contenders that answer differently cannot be compared."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.peers import Answers, recgate_itself
from benchmarks.workload import Job, RowKind
from recgate.domain.verdict import Verdict


class ContendersDisagree(Exception):
    """A contender's answer on a row with nothing missing is not what the row was made to be."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """``judged`` rows had nothing missing, and all answered alike. ``unknown`` rows are those
    that recgate calls UNKNOWN; ``let_through`` says how many of them each form would pass.
    """

    judged: int
    unknown: int
    let_through: dict[str, int]


def agreement(jobs: Sequence[Job], answers: Sequence[Answers]) -> Agreement:
    """Ask every contender about every row.

    The rows know what they were made to be, so that recgate is held to the same answer as its
    peers. Raises ContendersDisagree.
    """
    kinds = {name: kind for job in jobs for name, kind in job.kinds.items()}
    complete = {name for name, kind in kinds.items() if kind is not RowKind.MISSING}
    expected = {name for name, kind in kinds.items() if kind is RowKind.PASSING}
    verdicts = recgate_itself.verdicts(jobs)
    unknown = {name for name, verdict in verdicts.items() if verdict is Verdict.UNKNOWN}
    if unknown != kinds.keys() - complete:
        raise ContendersDisagree(_difference("recgate's UNKNOWN", unknown, kinds.keys() - complete))
    let_through: dict[str, int] = {}
    for each in answers:
        passing = each.passing(jobs)
        if each.is_timed and passing & complete != expected:
            raise ContendersDisagree(_difference(each.name, set(passing & complete), expected))
        let_through[each.name] = len(passing & unknown)
    return Agreement(len(complete), len(unknown), let_through)


def _difference(who: str, found: set[str], expected: set[str]) -> str:
    wrong = sorted(found ^ expected)
    return f"{who}: {len(wrong)} rows differ from what they were made to be, such as {wrong[:3]}"

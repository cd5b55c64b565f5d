"""The total order of a policy's candidates: by verdict, then by fewer warnings (rule 3)."""

from collections.abc import Sequence

from recgate.domain.limits import Outcomes
from recgate.domain.verdict import Outcome, Verdict

_NA, _WARN = Outcome.NOT_APPLICABLE, Outcome.WARN
_WARN_MISSING = Outcome.WARN_MISSING

_VERDICT_OF = {
    Outcome.NOT_APPLICABLE: Verdict.PASS,  # takes no part; see _unjudged
    Outcome.IGNORED: Verdict.PASS,
    Outcome.PASS: Verdict.PASS,
    Outcome.WARN: Verdict.WARN,
    Outcome.WARN_MISSING: Verdict.WARN,
    Outcome.WAIVED: Verdict.WAIVED,
    Outcome.UNKNOWN: Verdict.UNKNOWN,
    Outcome.FAIL: Verdict.FAIL,
}
"""The verdict on a candidate that has nothing worse than this outcome."""

_SEVERITIES = tuple(_VERDICT_OF[outcome].rank for outcome in Outcome)
"""The same as ranks, by the number of the outcome."""

_VERDICT_OF_SEVERITY = {verdict.rank: verdict for verdict in Verdict}


def standings_of(columns: Sequence[Outcomes], rows: int) -> tuple[int, ...]:
    """The place of each candidate in rule 3's order, as one number: the severity of its worst
    outcome, then how many of its outcomes are warnings. 0 is a plain pass.
    """
    if not columns:  # no policy file says so; and nothing judged is no pass
        return (Verdict.UNKNOWN.rank * _step(columns),) * rows
    if not any(columns):
        return (0,) * rows
    step = _step(columns)
    standings = [0] * rows
    warned: list[int] = []
    for column in columns:
        for place, outcome in column.items():
            standing = _SEVERITIES[outcome] * step
            if standing > standings[place]:
                standings[place] = standing
            if outcome is _WARN or outcome is _WARN_MISSING:
                warned.append(place)
    for place in warned:
        standings[place] += 1
    if _NA in columns[0].values():
        for place in _unjudged(columns):
            standings[place] = Verdict.UNKNOWN.rank * step
    return tuple(standings)


def _unjudged(columns: Sequence[Outcomes]) -> list[int]:
    """The candidates for whose kind no limit exists: nothing was judged, and that is no pass."""
    return [place for place in columns[0] if all(column.get(place) is _NA for column in columns)]


def _step(columns: Sequence[Outcomes]) -> int:
    """By how much standings differ for one rank: a candidate has fewer warnings than that."""
    return len(columns) + 1


def verdict_of(standing: int, columns: Sequence[Outcomes]) -> Verdict:
    """The verdict that a standing among these columns stands for."""
    return _VERDICT_OF_SEVERITY[standing // _step(columns)]


def order_of(standings: tuple[int, ...]) -> tuple[int, ...]:
    """The candidates by their standing; the snapshot's own order settles the rest."""
    return tuple(sorted(range(len(standings)), key=standings.__getitem__))

"""The verdict over all candidates of a policy: any of them, all of them, or so many."""

from recgate.domain.limits import Outcomes
from recgate.domain.policy import Quantifier
from recgate.domain.standings import order_of, standings_of, verdict_of
from recgate.domain.verdict import Outcome, Verdict

_NA, _PASS = Outcome.NOT_APPLICABLE, Outcome.PASS


def quantify(
    wanted: Quantifier, columns: tuple[Outcomes, ...], rows: int
) -> tuple[Verdict, int | None, str]:
    """The verdict over all candidates, the candidate that decides it, and a reason if none does."""
    needed = wanted.at_least
    if needed == 1:
        touched = set().union(*columns) if columns else set(range(rows))
        for row in range(rows):
            # Rows come in the total order: the first that no limit has a word on passes plainly.
            if row not in touched:
                best = _as_good(columns, row)
                return Verdict.PASS, row if best is None else best, ""
    standings = standings_of(columns, rows)
    if needed == 1:
        best = min(standings)
        return verdict_of(best, columns), standings.index(best), ""
    if needed is not None and needed > rows:
        return Verdict.FAIL, None, f"{needed} configurations must comply and the job has {rows}"
    deciding = order_of(standings)[-1 if needed is None else needed - 1]
    return verdict_of(standings[deciding], columns), deciding, ""


def _as_good(columns: tuple[Outcomes, ...], rows: int) -> int | None:
    """The first of so many rows on which nothing is worse than a pass, though some limit has a
    word on it: what it lacks is ignored, or other limits do not exist for its kind.
    """
    for row in range(rows):
        judged = len(columns)
        for column in columns:
            outcome = column.get(row)
            if outcome is not None:
                if outcome > _PASS:
                    break
                judged -= outcome is _NA
        else:
            if judged:
                return row
    return None

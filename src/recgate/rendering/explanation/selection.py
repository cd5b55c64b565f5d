"""Which policies and candidates of a decision are asked about."""

from recgate.domain.candidate import Candidate
from recgate.domain.decision import Decision
from recgate.domain.job import Snapshot
from recgate.rendering.explanation.conditions import Concerned, concerned_of
from recgate.rendering.explanation.parts import Shown


def is_shown(row: Candidate, shown: Shown) -> bool:
    """Whether a candidate is asked about. Upper and lower case do not matter."""
    wanted = (shown.candidate or "").lower()
    return wanted in row.configuration.lower() or wanted in row.recommendation_id.lower()


def selected(decision: Decision, shown: Shown) -> tuple[Concerned, ...]:
    """The policies that are asked about."""
    found = concerned_of(decision.evaluation, decision.snapshot)
    return tuple(each for each in found if shown.policy in (None, each.policy.name))


def left_out(
    snapshot: Snapshot, found: tuple[Concerned, ...], everything: int, shown: Shown
) -> str:
    """What is not shown because it was not asked about; empty where nothing is left out."""
    said = []
    if len(found) < everything:
        said.append(f"{len(found)} of {everything} policies (--policy)")
    rows = [row for row in snapshot.candidates if is_shown(row, shown)]
    if len(rows) < len(snapshot.candidates):
        said.append(f"{len(rows)} of {len(snapshot.candidates)} candidates (--candidate)")
    return f"Shown are {' and '.join(said)}." if said else ""

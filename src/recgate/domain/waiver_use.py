"""Whether a waiver is used, and whether anybody still needs it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from recgate.domain.catalogue import Direction
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import Policy
from recgate.domain.reading import comparable
from recgate.domain.set_limit import SetLimit
from recgate.domain.waiver import Waiver, WaiverPhase


class Advice(StrEnum):
    """What should be done about a waiver, the most urgent first."""

    CHANGES_NOTHING = "changes nothing"
    """The policy itself allows as much: whatever the jobs are, nobody can need it."""
    NOT_NEEDED = "no longer needed"
    """It was used, and the last decision of every job that it counted for did without it."""
    NEVER_USED = "never used"
    """It has counted for decisions, or could have, and none needed it."""
    ENDS_SOON = "ends soon"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Counted:
    """One decision for which a waiver counted. ``job`` is the ledger's stream of the job."""

    waiver: str
    job: str
    on: date
    used: bool


@dataclass(frozen=True, slots=True)
class WaiverUse:
    """What became of a waiver, as far as the ledger tells.

    ``decisions`` are those for which it counted, ``used`` those that would have failed a limit
    without it; ``needed_by`` the jobs whose last such decision used it.
    """

    decisions: int = 0
    used: int = 0
    last_used: date | None = None
    jobs: int = 0
    needed_by: int = 0


def use_of(waiver: Waiver, counted: Iterable[Counted]) -> WaiverUse:
    """What the decisions say of a waiver; they are in the order of their times."""
    mine = [each for each in counted if each.waiver == waiver.id]
    last = {each.job: each.used for each in mine}
    used = [each.on for each in mine if each.used]
    return WaiverUse(
        decisions=len(mine),
        used=len(used),
        last_used=max(used, default=None),
        jobs=len(last),
        needed_by=sum(last.values()),
    )


def changes_nothing(waiver: Waiver, policy: Policy) -> bool:
    """Whether the policy's own limit allows as much as the waiver, so that it can never count."""
    limit = next((each for each in policy.limits if each.name == waiver.limit), None)
    match limit:
        case NumericLimit(fail=None):
            return True
        case NumericLimit(spec=spec, fail=float() | int() as fail) if (
            spec.direction is Direction.AT_MOST
        ):
            return waiver.up_to is not None and comparable(waiver.up_to) <= comparable(fail)
        case NumericLimit(fail=float() | int() as fail):
            return waiver.down_to is not None and comparable(waiver.down_to) >= comparable(fail)
        case SetLimit(allow=allow, deny=deny):
            return all(
                name not in deny and (allow is None or name in allow) for name in waiver.allow
            )
    return False


def advice_on(
    waiver: Waiver, policy: Policy | None, use: WaiverUse | None, today: date, *, soon_days: int
) -> Advice | None:
    """What should be done about the waiver on a day; None when there is nothing to do.

    ``policy`` is the one that it names, None if there is none. ``use`` None: no ledger was read.
    """
    phase = waiver.phase_on(today)
    if phase is WaiverPhase.ENDED:
        return Advice.ENDED
    if policy is not None and changes_nothing(waiver, policy):
        return Advice.CHANGES_NOTHING
    if phase is WaiverPhase.TO_COME:
        return None
    if use is not None and use.used and not use.needed_by:
        return Advice.NOT_NEEDED
    if use is not None and not use.used and waiver.starts < today:
        return Advice.NEVER_USED
    return Advice.ENDS_SOON if waiver.days_left(today) <= soon_days else None

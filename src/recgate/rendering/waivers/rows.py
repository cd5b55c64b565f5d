"""Waivers as rows for people and as documents for machines."""

from dataclasses import dataclass
from datetime import date

from recgate.domain.canonical import Json
from recgate.domain.policy_record import plain
from recgate.domain.waiver import Waiver, WaiverPhase
from recgate.domain.waiver_use import Advice, WaiverUse
from recgate.rendering.safe_text import clean
from recgate.rendering.waiver_words import (
    bound_words,
    day_words,
    people_words,
    scope_words,
    until_words,
)

HEADINGS = ("Waiver", "Policy", "Allows", "Only for", "State")
_NAME, _REASON = 80, 300


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """One waiver: its cells by `HEADINGS`, and a second line about why and by whom."""

    cells: tuple[str, str, str, str, str]
    about: str


def waiver_row(waiver: Waiver, today: date) -> WaiverRow:
    """The waiver on a day."""
    return WaiverRow(
        (
            clean(waiver.id, _NAME),
            clean(waiver.policy, _NAME),
            bound_words(waiver),
            scope_words(waiver),
            state_words(waiver, today),
        ),
        f"{people_words(waiver)}: {clean(waiver.reason, _REASON)}",
    )


def state_words(waiver: Waiver, today: date) -> str:
    """``until 31 Dec 2026``, ``from 1 Dec 2026 until 31 Dec 2026``, ``ended on 20 Nov 2026``."""
    if waiver.phase_on(today) is WaiverPhase.TO_COME:
        return f"from {day_words(waiver.starts)} until {day_words(waiver.expires)}"
    return until_words(waiver, today)


def waiver_document(waiver: Waiver, today: date) -> dict[str, Json]:
    """The waiver as JSON; its bound as an exact decimal string."""
    return {
        "id": waiver.id,
        "policy": waiver.policy,
        "limit": waiver.limit,
        "up_to": plain(waiver.up_to),
        "down_to": plain(waiver.down_to),
        "allow": sorted(waiver.allow),
        "only_for": {each.key: list(each.patterns) for each in waiver.scope.conditions},
        "reason": waiver.reason,
        "requested_by": waiver.requested_by,
        "approved_by": waiver.approved_by,
        "starts": waiver.starts.isoformat(),
        "expires": waiver.expires.isoformat(),
        "state": waiver.phase_on(today).value,
        "days_left": max(waiver.days_left(today), 0),
    }


def advice_words(waiver: Waiver, advice: Advice, use: WaiverUse | None, today: date) -> str:
    """What was found about a waiver, and what to do."""
    name = clean(waiver.id, _NAME)
    match advice:
        case Advice.CHANGES_NOTHING:
            return (
                f"{name} changes nothing: policy {clean(waiver.policy, _NAME)} itself allows "
                f"{bound_words(waiver)}. Remove it: recgate waiver expire {name} --remove"
            )
        case Advice.NOT_NEEDED if use is not None:
            jobs = "the job" if use.jobs == 1 else f"all {use.jobs:,} jobs"
            return (
                f"{name} is no longer needed: {jobs} that it counted for did without it at last "
                f"(last used on {day_words(use.last_used or today)}). "
                f"End it: recgate waiver expire {name}"
            )
        case Advice.NEVER_USED if use is not None:
            counted = (
                f"none of {use.decisions:,} decisions needed it"
                if use.decisions
                else "no decision was made that it could have counted for"
            )
            return (
                f"{name} was never used since {day_words(waiver.starts)}: {counted}. "
                f"End it: recgate waiver expire {name}"
            )
        case Advice.ENDS_SOON:
            return (
                f"{name} ends soon: {bound_words(waiver)} {until_words(waiver, today)}. "
                "Change the limit or the configuration before, or grant a new one"
            )
    return (
        f"{name} {until_words(waiver, today)}: remove it when nobody looks for it here any more: "
        f"recgate waiver expire {name} --remove"
    )

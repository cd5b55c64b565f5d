"""Waivers, and what changed in them, in words."""

from recgate.domain.policy_change_detail import Allowance, Life
from recgate.domain.waiver import Waiver
from recgate.rendering.policy_diff.concern_words import scope_words
from recgate.rendering.policy_diff.limit_words import NAME, figure, listed, moved
from recgate.rendering.safe_text import clean

_REASON = 200


def waiver_words(waiver: Waiver) -> str:
    """What it allows, to whom, until when, and why."""
    return (
        f"{clean(waiver.policy, NAME)} {waiver.limit} {allowed(waiver)} for "
        f"{scope_words(waiver.scope)}, {waiver.starts} to {waiver.expires}, approved by "
        f"{clean(waiver.approved_by, NAME)}: {clean(waiver.reason, _REASON)}"
    )


def allowed(waiver: Waiver) -> str:
    """``up to 3.50``, ``down to 300``, ``allows p5``."""
    if waiver.up_to is not None:
        return f"up to {figure(waiver.up_to, waiver.limit)}"
    if waiver.down_to is not None:
        return f"down to {figure(waiver.down_to, waiver.limit)}"
    return f"allows {listed(sorted(waiver.allow))}"


def allowance_words(change: Allowance) -> tuple[str, str]:
    """What is allowed now, and was; and by how much it moved."""
    old, new = change.old, change.new
    for side in ("up_to", "down_to"):
        was, now = getattr(old, side), getattr(new, side)
        if was is not None and now is not None:
            told = f"{side} {figure(was, old.limit)} → {figure(now, new.limit)}"
            return f"{told} ({new.limit} of {clean(new.policy, NAME)})", moved(was, now)
    return f"{allowed(old)} → {allowed(new)} ({new.limit} of {clean(new.policy, NAME)})", ""


def life_words(change: Life) -> str:
    """Its days now, and before."""
    old, new = change.old, change.new
    told = []
    if old.starts != new.starts:
        told.append(f"begins {new.starts}, was {old.starts}")
    days = (new.expires - old.expires).days
    if days:
        verb = "extended" if days > 0 else "shortened"
        many = f"{abs(days)} day{'' if abs(days) == 1 else 's'}"
        told.append(f"ends {new.expires}, was {old.expires}, {verb} by {many}")
    return "; ".join(told)

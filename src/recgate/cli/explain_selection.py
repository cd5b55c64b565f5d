"""What --policy and --candidate of `recgate explain` name, checked against the decision."""

from recgate.dialect.mistake import did_you_mean
from recgate.domain.decision import Decision
from recgate.ports import RecgateError
from recgate.rendering.explanation.conditions import concerned_of
from recgate.rendering.explanation.parts import Shown
from recgate.rendering.explanation.selection import is_shown
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT

_LISTED, _LIST = 20, 400


class NothingSelected(RecgateError):
    """No policy, or no candidate, of the decision is what was asked for."""


def check_selection(decision: Decision, shown: Shown) -> None:
    """Raises NothingSelected where a policy or a candidate is named that is not there."""
    names = [each.policy.name for each in concerned_of(decision.evaluation, decision.snapshot)]
    if shown.policy is not None and shown.policy not in names:
        listed = clean(", ".join(names[:_LISTED]), 400)
        there = f"it has {listed}" if names else "it has none"
        hint = did_you_mean(shown.policy, names)
        raise NothingSelected(
            f"No policy of this decision is named {clean(shown.policy, NAME_LIMIT)}"
            f"{hint or f': {there}'}"
        )
    rows = decision.snapshot.candidates
    if shown.candidate is not None and not any(is_shown(row, shown) for row in rows):
        listed = clean(", ".join(dict.fromkeys(row.configuration for row in rows)), 400)
        there = f"it has {listed}" if rows else "it has no recommendation"
        raise NothingSelected(
            f"No candidate of this decision has {clean(shown.candidate, NAME_LIMIT)!r} in its "
            f"configuration or RecommendationId: {there}."
        )

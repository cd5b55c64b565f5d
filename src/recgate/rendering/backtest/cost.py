"""What the approved configurations cost, in words."""

from recgate.domain.backtest import HOURS_A_MONTH, ApprovedCost, Backtest
from recgate.rendering.amounts import with_unit
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT

UNPRICED_NAMED = 10
"""So many models without a price are named; the others are counted."""


def usd(value: float) -> str:
    """An amount, to a hundredth of a cent where it has one: sums and their difference agree."""
    written = f"{value:,.4f}"
    return with_unit(written[:-2] + written[-2:].rstrip("0"), "USD")


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else ''}{usd(value)}"


def _month(per_hour: float) -> float:
    return round(per_hour * HOURS_A_MONTH, 2)


def cost_words(found: Backtest) -> str:
    """The approved cost before and after, and the difference, in a line."""
    after, before, difference = found.cost_after, found.cost_before, found.cost_difference_usd
    if before is None or difference is None:
        return f"Approved: {_sum(after)}, {usd(_month(after.cost_per_hour_usd))} a month"
    month = _month(difference)
    if not month:
        return f"Approved: {_sum(before)} → {_sum(after)} (no change)"
    return (
        f"Approved: {_sum(before)} → {_sum(after)} "
        f"({_signed(difference)}/h, {_signed(month)} a month of {HOURS_A_MONTH} h)"
    )


def _sum(cost: ApprovedCost) -> str:
    models = "1 model" if cost.models == 1 else f"{cost.models:,} models"
    return f"{usd(cost.cost_per_hour_usd)}/h for {models}"


def unpriced_words(found: Backtest) -> tuple[str, ...]:
    """Which models are not in the sums."""
    notes = []
    sides = [("after", found.cost_after)]
    if found.cost_before is not None:
        sides.insert(0, ("before", found.cost_before))
    for when, cost in sides:
        if cost.unpriced:
            named = [clean(name, NAME_LIMIT) for name in cost.unpriced[:UNPRICED_NAMED]]
            more = len(cost.unpriced) - len(named)
            also = f" and {more} more" if more else ""
            notes.append(
                f"Not in the sum {when}, because the cost is not known: {', '.join(named)}{also}"
            )
    return tuple(notes)

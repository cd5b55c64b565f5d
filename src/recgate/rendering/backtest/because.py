"""Why an answer changes, in a line."""

from recgate.domain.backtest import Broken, Change
from recgate.domain.candidate import Metric
from recgate.domain.catalogue import NUMERIC_LIMITS
from recgate.rendering.amounts import UNITS, Scale, distinct
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT, finding_words

_LINE_LIMIT = 300
_TOLD = 3
"""So many limits are told in a line; the others are counted."""


def because(change: Change) -> str:
    """The limits that make the difference, or the reason where none does."""
    if not change.broken:
        return clean(change.reason, _LINE_LIMIT)
    scale = _scale(change)
    several = len({each.policy for each in change.broken}) > 1
    told = [_words(each, scale, named=several) for each in change.broken[:_TOLD]]
    more = len(change.broken) - len(told)
    also = f", and {more} more" if more else ""
    lead = "before: " if change.broken_before else ""
    return clean(f"{lead}{'; '.join(told)}{also}", _LINE_LIMIT)


def _words(broken: Broken, scale: Scale, *, named: bool) -> str:
    lead = f"{clean(broken.policy, NAME_LIMIT)}: " if named else ""
    return f"{lead}{finding_words(broken.finding, scale)}"


def _scale(change: Change) -> Scale:
    """The scale on which what is told can be told apart."""
    values: dict[Metric, list[float]] = {}
    for each in change.broken:
        finding, spec = each.finding, NUMERIC_LIMITS.get(each.finding.limit)
        if spec is not None:
            told = (finding.observed, finding.warn, finding.fail)
            known = [value for value in told if isinstance(value, int | float)]
            values.setdefault(spec.metric, []).extend(known)
    return Scale({metric: distinct(found, UNITS[metric]) for metric, found in values.items()})

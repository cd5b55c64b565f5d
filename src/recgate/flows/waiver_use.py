"""What the recorded decisions say of waivers: for which they counted, and which needed them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from recgate.domain.canonical import Json
from recgate.domain.loose_json import mappings_in
from recgate.domain.waiver import Waiver
from recgate.domain.waiver_use import Counted
from recgate.ports import DecisionIndex

MOST_DAYS = 400
"""So far back the ledger is read at most: no waiver lives longer than 366 days."""


def counted_decisions(
    waivers: Sequence[Waiver], index: DecisionIndex, today: date
) -> tuple[Counted, ...]:
    """The decisions for which any of the waivers counted, in the order of their times.

    Reads each day since the first of them began. Raises LedgerUnavailable, LedgerRefused.
    """
    begun = [waiver.starts for waiver in waivers if waiver.starts <= today]
    if not begun:
        return ()
    first = max(min(begun), today - timedelta(days=MOST_DAYS))
    days = (first + timedelta(days=past) for past in range((today - first).days + 1))
    return tuple(
        counted
        for day in days
        for found in index.decided_on(day)
        for counted in _counted(found.entry.body, found.stream, day)
    )


def _counted(body: Mapping[str, Json], stream: str, day: date) -> Iterator[Counted]:
    """A record that lacks waivers, or has something else there, says nothing of them."""
    for judgement in mappings_in(body.get("judgements")):
        for waiver in mappings_in(judgement.get("waivers")):
            name = waiver.get("id")
            if isinstance(name, str):
                yield Counted(name, stream, day, waiver.get("used") is True)

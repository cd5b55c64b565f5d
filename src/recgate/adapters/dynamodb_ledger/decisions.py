"""Finding decisions: the table's indexes give the places, the table itself the entries.

An index follows the table mostly within a second: a decision of this moment may be missing. Those
that were recorded before the table had the index are not found until they are adopted.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from recgate.adapters.dynamodb_ledger.table import BATCH, LedgerTable, place_of
from recgate.dialect.decision_index import ID_DIGITS, checked_beginning, is_of_job
from recgate.dialect.ledger_item import BY_DAY, BY_ID, BY_MODEL, CURE, entry_of, model_key
from recgate.domain.model_name import model_name
from recgate.evidence_ports import Place
from recgate.ports import LedgerRefused, Recorded

_BEFORE_ALL, _BEHIND_ALL = "0", "A"
"""What sorts before every time as it is stored, and behind it."""


def decided_on(table: LedgerTable, day: date) -> Sequence[Recorded]:
    """The decisions recorded on a day in UTC, in the order of their times."""
    return _decisions(table, BY_DAY, "decision_day", day.isoformat())


def find(table: LedgerTable, decision: str) -> Sequence[Recorded]:
    """The decisions whose key begins so."""
    beginning = checked_beginning(decision)
    found = _decisions(table, BY_ID, "decision_id", beginning[:ID_DIGITS])
    return tuple(each for each in found if each.entry.key.startswith(beginning))


def of_model(
    table: LedgerTable, model: str, *, since: datetime | None, until: datetime | None
) -> Sequence[Recorded]:
    """The decisions about a model, recorded from ``since`` on and before ``until``."""
    between = _stored(since) or _BEFORE_ALL, _stored(until) or _BEHIND_ALL
    if between[0] > between[1]:  # DynamoDB would call that a mistake
        return ()
    found = _decisions(table, BY_MODEL, "decision_model", model_key(model), between=between)
    return tuple(
        each
        for each in found
        if model_name(each.entry.body) == model
        and (until is None or each.entry.recorded_at < until)  # "between" is with both ends
    )


def _stored(moment: datetime | None) -> str:
    """The moment as an item has it; empty for None."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds") if moment else ""


def _decisions(
    table: LedgerTable,
    index: str,
    attribute: str,
    value: str,
    *,
    between: tuple[str, str] | None = None,
) -> Sequence[Recorded]:
    """The decisions at one value of an index, in the order of their times."""
    failure = f"cannot look for decisions of {attribute} {value} in the table {table.name}"
    request: dict[str, Any] = {
        "KeyConditionExpression": f"{attribute} = :value",
        "ExpressionAttributeValues": {":value": {"S": value}},
    }
    if between is not None:
        request["KeyConditionExpression"] += " AND recorded_at BETWEEN :first AND :last"
        first, last = between
        request["ExpressionAttributeValues"] |= {":first": {"S": first}, ":last": {"S": last}}
    # Whoever may write to the table can put anything into an index: only jobs are decided on.
    places = [place for place in table.indexed(index, failure, **request) if is_of_job(place[0])]
    found: dict[Place, Recorded] = {}
    for start in range(0, len(places), BATCH):
        for item in table.items_at(places[start : start + BATCH], failure):
            stream, position = place = place_of(item)
            where = f"entry {position} of {stream!r} in the table {table.name}"
            found[place] = Recorded(stream, entry_of(item, where))
    if gone := [place for place in places if place not in found]:
        raise LedgerRefused(
            f"{failure}: entry {gone[0][1]} of {gone[0][0]!r} is in the index {index} and not "
            f"in the table: {CURE}"
        )
    order = sorted(found, key=lambda place: (found[place].entry.recorded_at, place))
    return tuple(found[place] for place in order)

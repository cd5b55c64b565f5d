"""Where decisions, the watcher's memory and pages are kept."""

from collections.abc import Iterable
from dataclasses import replace

from recgate.domain.checkup import CheckId, Health, Result
from recgate.flows.checkup.desk import Desk
from recgate.flows.checkup.facts import Table

LEDGER_INDEXES = ("decisions-by-day", "decisions-by-id", "decisions-by-model")
"""The indexes that template.yaml gives the ledger."""


def table_result(
    check: CheckId, table: Table, desk: Desk, *, indexes: Iterable[str] = ()
) -> Result:
    """Whether a table and the indexes that are needed can be used."""
    missing = [name for name in indexes if name not in table.indexes]
    asleep = [name for name in indexes if table.indexes.get(name, "ACTIVE") != "ACTIVE"]
    again = f"sam build && sam deploy --stack-name {desk.stack or 'recgate'}"
    result = Result(check, Health.FAILED, "")
    if table.status not in ("ACTIVE", "UPDATING"):
        return replace(result, finding=f"the table {table.name} is {table.status}", remedy=again)
    if missing:
        words = f"the table {table.name} has no index {', '.join(missing)}: decisions are not found"
        return replace(result, finding=words, remedy=again)
    if asleep:
        words = f"the index {', '.join(asleep)} of {table.name} is not active yet"
        return replace(result, health=Health.WARNING, finding=words, remedy="wait until it is made")
    found = f"the table {table.name} is active"
    return replace(result, health=Health.OK, finding=found + (", its indexes too" * bool(indexes)))


def missing_result(check: CheckId, what: str, desk: Desk) -> Result:
    """Something that the configuration names is not there."""
    remedy = (
        f"deploy the stack again: sam build && sam deploy --stack-name {desk.stack}"
        if desk.stack
        else "correct the setting RECGATE_* that names it, or name the --stack"
    )
    return Result(check, Health.FAILED, f"{what} is not there", remedy)

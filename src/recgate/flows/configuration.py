"""The configuration in force is recorded before the first decision that it makes."""

import zlib
from collections.abc import Sequence
from datetime import datetime

from recgate.domain.canonical import Json, canonical_json
from recgate.domain.configuration_record import (
    configuration_key,
    configuration_record,
    without_texts,
)
from recgate.domain.rules import Rules
from recgate.ports import (
    CannotTellYet,
    Entry,
    Ledger,
    PoliciesInvalid,
    PolicyProblem,
    PositionTaken,
)

CONFIGURATION = "configuration"
"""The stream that tells how the configuration changed, and the kind of its entries."""

BODY_BYTES_MAX = 300 * 1024
"""The most that a configuration may come to compressed: DynamoDB takes 400 KB for an item, its
other attributes among it.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

PLAIN_BYTES_MAX = 16 * 1024 * 1024
"""The most that it may come to as it is: every ledger refuses a larger body."""

_RACES_TO_LOSE = 8
"""How often other workers may write first before this one gives the job back to the queue."""


class RulesInvalid(PoliciesInvalid):
    """The policies folder has mistakes; ``rules`` are the files that are refused."""

    def __init__(self, problems: Sequence[PolicyProblem], rules: Rules) -> None:
        super().__init__(problems)
        self.rules = rules


class ConfigurationMemory:
    """Which configuration this process has seen last in which ledger, so that it need not ask."""

    def __init__(self) -> None:
        self._seen: tuple[Ledger, str] | None = None

    def knows(self, key: str, ledger: Ledger) -> bool:
        """Whether the configuration is in that ledger."""
        return self._seen is not None and self._seen[0] is ledger and self._seen[1] == key

    def note(self, key: str, ledger: Ledger) -> None:
        """The configuration is in that ledger."""
        self._seen = ledger, key


def record_configuration(
    rules: Rules, ledger: Ledger, now: datetime, memory: ConfigurationMemory | None = None
) -> bool:
    """Record the configuration unless it is the last one recorded; True if it was written now.

    One that comes back after another is recorded again. Raises CannotTellYet when other workers
    keep writing first, LedgerUnavailable, LedgerRefused.
    """
    key = configuration_key(rules)
    if memory is not None and memory.knows(key, ledger):
        return False
    is_new = _record(key, rules, ledger, now)
    if memory is not None:
        memory.note(key, ledger)
    return is_new


def _record(key: str, rules: Rules, ledger: Ledger, now: datetime) -> bool:
    for _ in range(_RACES_TO_LOSE):
        recorded = ledger.read(CONFIGURATION)
        if recorded and recorded[-1].key == key:
            return False
        try:
            entry = Entry(CONFIGURATION, key, now, _body(rules))
            ledger.append(CONFIGURATION, len(recorded), entry)
        except PositionTaken:
            continue
        return True
    raise CannotTellYet(f"{CONFIGURATION}: other workers keep writing first; try again.")


def _body(rules: Rules) -> dict[str, Json]:
    """The record, without the texts if every ledger could not take it with them."""
    body = configuration_record(rules)
    plain = canonical_json(body)
    if len(plain) > PLAIN_BYTES_MAX or len(zlib.compress(plain)) > BODY_BYTES_MAX:
        return configuration_record(without_texts(rules))
    return body

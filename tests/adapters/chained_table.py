"""A local table of a ledger, and whether what is chained in it is whole."""

from typing import Any

from recgate.adapters.dynamodb_ledger import DynamoDbLedger
from recgate.domain.link import NOTHING_BEFORE, Head, link_from, sha256
from recgate.ports import Entry
from tests.adapters.stubbed_ledger import TABLE
from tests.builders import NOW


def entry(n: object = 0, kind: str = "snapshot") -> Entry:
    return Entry(kind, str(n), NOW, {"n": str(n)})


def whole_chain(ledger: DynamoDbLedger, chain: str = "local") -> int:
    """How many records the chain has; it is without a gap and tells of every entry once."""
    before, places = NOTHING_BEFORE, set()
    here = {
        (each.stream, each.position): each
        for each in ledger.every_entry()
        if each.chain in (chain, None)
    }
    for number, stored in enumerate(ledger.links(chain), start=1):
        link = link_from(stored.document)
        assert (stored.sequence, link.sequence, link.previous) == (number, number, before)
        before = sha256(stored.document)
        place = link.stream, link.position
        assert place not in places
        places.add(place)
        assert (here[place].chain, here[place].sequence) == (chain, number)
        assert sha256(here[place].body) == link.body_digest
    assert ledger.head(chain) == (Head(len(places), before) if places else None)
    assert set(here) == places
    return len(places)


def everything(table: Any) -> list[dict[str, Any]]:
    """Every item of the table."""
    items: list[dict[str, Any]] = table.scan(TableName=TABLE)["Items"]
    return sorted(items, key=str)

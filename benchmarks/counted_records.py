"""What was counted of records, kind by kind: how often one is written, and what it takes."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tests.servers.aws import LocalAws

from benchmarks.call_counts import Call
from benchmarks.request_units import STORED_OVERHEAD, Item, Meter, index_bytes, item_bytes
from benchmarks.tally import Tally
from recgate.dialect.chain_item import is_reserved, links_stream
from recgate.domain.seal import archive_name

SIZES = ("entry_bytes", "link_bytes", "index_bytes", "envelope_bytes")
"""What a record takes in the table (with what DynamoDB adds to each item) and in the archive. The
link has its seal."""


class RecordTally(Tally):
    """A tally that tells records apart.

    ``units`` counts the write units of their transactions by the kind of the record, and may
    belong to several tallies. What goes into the archive is told from pages:
    ``s3.PutObject archive`` and ``envelope_bytes``.
    """

    def __init__(self, units: Counter[str]) -> None:
        Tally.__init__(self)
        self.units = units

    def add_call(self, call: Call, meter: Meter) -> None:
        """As for every tally."""
        if call.operation == "BatchGetItem":
            (table,) = call.request["RequestItems"]
            call = replace(call, request={**call.request, "TableName": table})
        before = self.amounts["write_units ledger"]
        Tally.add_call(self, call, meter)
        if call.operation == "TransactWriteItems":
            self.units[_kind(call.request)] += self.amounts["write_units ledger"] - before
        if call.operation == "PutObject" and call.request["Key"].startswith("records/"):
            size = len(call.request["Body"])
            self.amounts += Counter(page_bytes=-size, envelope_bytes=size)
            self.calls += Counter(
                {call.name: -call.attempts, f"{call.name} archive": call.attempts}
            )


def counted_records(
    aws: LocalAws, table: str, bucket: str, units: Mapping[str, int]
) -> dict[str, dict[str, float]]:
    """Of each kind that is stored: how many there are, and the means of what one takes.

    ``units`` are the write units of all records of a kind.
    """
    found: dict[str, list[Mapping[str, int]]] = defaultdict(list)
    for entry, link in _records(aws, table):
        name = archive_name(entry["chain"]["S"], int(entry["sequence"]["N"]))
        envelope = aws.client("s3").get_object(Bucket=bucket, Key=name)["Body"].read()
        sizes = (
            item_bytes(entry) + STORED_OVERHEAD,
            item_bytes(link) + STORED_OVERHEAD,
            sum(size + STORED_OVERHEAD for size in index_bytes(entry)),
            len(envelope),
        )
        found[entry["kind"]["S"]].append(dict(zip(SIZES, sizes, strict=True)))
    return {
        kind: {
            "number": len(each),
            "write_units": round(units[kind] / len(each), 4),
            **{name: round(sum(sizes[name] for sizes in each) / len(each), 1) for name in SIZES},
        }
        for kind, each in sorted(found.items())
    }


def _records(aws: LocalAws, table: str) -> Iterator[tuple[Item, Item]]:
    """Every entry with its link."""
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    items: dict[tuple[str, str], Any] = {
        (item["stream"]["S"], item["position"]["N"]): item
        for page in pages
        for item in page["Items"]
    }
    for (stream, _), item in items.items():
        if not is_reserved(stream):
            yield item, items[links_stream(item["chain"]["S"]), item["sequence"]["N"]]


def _kind(request: Mapping[str, Any]) -> str:
    """The kind of the record that a transaction writes."""
    puts = [each["Put"]["Item"] for each in request["TransactItems"] if "Put" in each]
    (kind,) = [item["kind"]["S"] for item in puts if "kind" in item]
    return str(kind)

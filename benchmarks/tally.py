"""What the runs of a function used, in the units that AWS charges for."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.call_counts import Call
from benchmarks.request_units import Meter

LAMBDA_LINES = (
    "START RequestId: 8f507cfc-example-4697-b07a-ac58fc914c95 Version: $LATEST",
    "END RequestId: 8f507cfc-example-4697-b07a-ac58fc914c95",
    "REPORT RequestId: 8f507cfc-example-4697-b07a-ac58fc914c95\tDuration: 1234.56 ms\t"
    "Billed Duration: 1235 ms\tMemory Size: 512 MB\tMax Memory Used: 110 MB\t"
    "Init Duration: 1234.56 ms\t\nXRAY TraceId: 1-5e34a614-10bdxmplf1fb44f07bc535a1\t"
    "SegmentId: 07f33b5f5d2bb0a1\tSampled: true",
)
"""What Lambda itself writes into the log of every run.
https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""


@dataclass(slots=True)
class Tally:
    """What some runs of a function used.

    ``calls`` counts requests by ``service.Operation``, DynamoDB's with their table.
    ``amounts`` has the rest of what is charged for, by name; ``metrics`` names the custom
    metrics that were printed, with their dimensions; ``cpu_s`` is this machine's.
    """

    calls: Counter[str] = field(default_factory=Counter)
    amounts: Counter[str] = field(default_factory=Counter)
    metrics: set[str] = field(default_factory=set)
    cpu_s: float = 0.0

    def add_call(self, call: Call, meter: Meter) -> None:
        """Count a call, and what it is charged by beside its number."""
        name = call.name
        if call.service == "dynamodb":
            used, table = meter.used(call), _table(call.request)
            self.amounts[f"write_units {table}"] += used.write_units
            self.amounts[f"read_units {table}"] += used.read_units
            self.amounts[f"stored_bytes {table}"] += used.stored_bytes
            name = f"{name} {table}"
        elif call.operation == "PutEvents":
            self.amounts["events"] += len(call.request["Entries"])
        elif call.operation == "GetMetricData":
            self.amounts["metrics_asked"] += len(call.request["MetricDataQueries"])
        elif call.operation == "PutObject":
            self.amounts["page_bytes"] += len(call.request["Body"])
        self.calls[name] += call.attempts

    def add_log(self, lines: Sequence[str], *, metrics: Sequence[str]) -> None:
        """Count the lines of one run, those that are metrics among them, and Lambda's own."""
        for line in metrics:
            self.metrics.update(_metrics(json.loads(line)))
        every = (*lines, *metrics, *LAMBDA_LINES)
        self.amounts["log_bytes"] += sum(len(line.encode()) for line in every)


def _metrics(line: Mapping[str, Any]) -> Iterator[str]:
    """The custom metrics of a line in the embedded metric format, each with its dimensions."""
    for block in line["_aws"]["CloudWatchMetrics"]:
        for metric in block["Metrics"]:
            for names in block["Dimensions"]:
                told = ", ".join(str(line[name]) for name in names if name != "service")
                yield metric["Name"] + (f" ({told})" if told else "")


def _table(request: Mapping[str, Any]) -> str:
    if "TransactItems" in request:
        (request, *_) = request["TransactItems"][0].values()
    return str(request["TableName"]).removeprefix("recgate-")

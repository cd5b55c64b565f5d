"""CloudWatch's GetMetricData over invocations in memory; times are epoch seconds."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

PublishedAs = Literal["pair", "endpoint", "both"]
MAX_QUERIES = 500


class BadRequest(Exception):
    """What CloudWatch refuses with a ValidationError."""


@dataclass(slots=True)
class LatencyMetrics:
    """Latencies as published, and how the answers come: ``page_size`` results at a time (the
    next one begun and not finished), ``status`` for all of them.
    """

    now: datetime
    page_size: int | None = None
    status: str = "Complete"
    samples: dict[frozenset[tuple[str, str]], list[tuple[float, float]]] = field(
        default_factory=dict
    )

    def put(
        self,
        endpoint: str,
        job: str,
        latencies: Sequence[tuple[float, float]],
        published_as: PublishedAs,
    ) -> None:
        """Publish (epoch seconds, milliseconds) of an endpoint, under one or both dimensions."""
        alone, pair = {("EndpointName", endpoint)}, {("EndpointName", endpoint), ("JobName", job)}
        for name, dimensions in (("endpoint", alone), ("pair", pair)):
            if published_as in (name, "both"):
                self.samples.setdefault(frozenset(dimensions), []).extend(latencies)

    def get_metric_data(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a request, refusing what CloudWatch refuses."""
        queries = request["MetricDataQueries"]
        start, end = float(request["StartTime"]), float(request["EndTime"])
        if not 0 < len(queries) <= MAX_QUERIES or start >= end:
            raise BadRequest("The number of queries or the time range is not valid.")
        if len({query["Id"] for query in queries}) < len(queries):
            raise BadRequest("The values for parameter id are not unique.")
        results = [self._result(query, start, end) for query in queries]
        first = int(request.get("NextToken", 0))
        if self.page_size is None or first + self.page_size >= len(results):
            return {"MetricDataResults": results[first:], "Messages": []}
        after = first + self.page_size
        begun = {**results[after], "Timestamps": [], "Values": [], "StatusCode": "PartialData"}
        return {
            "MetricDataResults": [*results[first:after], begun],
            "Messages": [],
            "NextToken": str(after),
        }

    def _result(self, query: Mapping[str, Any], start: float, end: float) -> dict[str, Any]:
        stat = query["MetricStat"]
        period = stat["Period"]
        if not re.fullmatch(r"[a-z][a-zA-Z0-9_]*", query["Id"]):
            raise BadRequest(f"The value {query['Id']} for parameter id is not matching.")
        age_days = (self.now.timestamp() - start) / 86_400
        step = 3600 if age_days > 63 else 300 if age_days > 15 else 60
        if period % step or period > 86_400:
            raise BadRequest(f"The period {period} must be a multiple of {step}, at most 86400.")
        values: list[float] = []
        times: list[int] = []
        for begin in range(int(start // step * step), math.ceil(end), period):
            until = min(begin + period, end)
            inside = [ms for at, ms in self._published(stat) if begin <= at < until]
            if inside:
                values.append(_statistic(stat["Stat"], inside))
                times.append(begin)
        return {
            "Id": query["Id"],
            "Label": stat["Metric"]["MetricName"],
            "Timestamps": times,
            "Values": values,
            "StatusCode": self.status,
        }

    def _published(self, stat: Mapping[str, Any]) -> list[tuple[float, float]]:
        metric = stat["Metric"]
        wanted = ("/aws/sagemaker/InferenceRecommendationsJobs", "ClientLatency")
        if (metric["Namespace"], metric["MetricName"]) != wanted:
            return []
        dimensions = {(each["Name"], each["Value"]) for each in metric.get("Dimensions", ())}
        return self.samples.get(frozenset(dimensions), [])


def _statistic(name: str, values: list[float]) -> float:
    if name == "SampleCount":
        return float(len(values))
    percent = re.fullmatch(r"p(\d+(?:\.\d+)?)", name)
    if not percent:
        raise BadRequest(f"The statistic {name} is not known.")
    rank = math.ceil(float(percent.group(1)) / 100 * len(values))
    return sorted(values)[max(rank, 1) - 1]

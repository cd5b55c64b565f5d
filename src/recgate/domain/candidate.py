"""One recommendation: a configuration that could be deployed, and what was measured on it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from recgate.domain.reading import Reading


class EndpointKind(StrEnum):
    """What a recommendation would be deployed as."""

    REALTIME = "realtime"
    SERVERLESS = "serverless"


class Metric(IntEnum):
    """The figures of a candidate that a limit can be set on; the number is its place in
    `Candidate.values`.
    """

    COST_PER_HOUR_USD = 0
    COST_PER_MILLION_INFERENCES_USD = 1
    LATENCY_P99_MS = 2
    MODEL_LATENCY_MS = 3
    INVOCATIONS_PER_MINUTE = 4
    CPU_UTILIZATION_PCT = 5
    MEMORY_UTILIZATION_PCT = 6
    INSTANCE_COUNT = 7
    SERVERLESS_MEMORY_MB = 8
    SERVERLESS_CONCURRENCY = 9
    LATENCY_GAIN_OVER_EXISTING_PCT = 10
    THROUGHPUT_GAIN_OVER_EXISTING_PCT = 11


_INSTANCE_TYPE = re.compile(r"ml\.([a-z0-9-]+)\.[a-z0-9-]+")


def instance_family(instance_type: str | None) -> str | None:
    """The family in an instance type (``ml.c7g.xlarge`` → ``c7g``), None if it has none."""
    parsed = _INSTANCE_TYPE.fullmatch(instance_type or "")
    return parsed.group(1) if parsed else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One recommendation: a configuration that could be deployed, and what was measured on it.

    ``readings`` follows the order of `Metric`; ``values`` holds their numbers alone, which is
    what the evaluation reads.
    """

    recommendation_id: str
    kind: EndpointKind
    readings: tuple[Reading, ...]
    instance_type: str | None = None
    family: str | None = None
    instance_count: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    endpoint_name: str | None = None
    values: tuple[float | None, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(reading.value for reading in self.readings))

    @property
    def configuration(self) -> str:
        """The configuration in a few words: ``ml.c7g.xlarge × 2``, ``serverless 2048 MB × 5``."""
        if self.kind is EndpointKind.SERVERLESS:
            memory = self.values[Metric.SERVERLESS_MEMORY_MB]
            concurrency = self.values[Metric.SERVERLESS_CONCURRENCY]
            size = "?" if memory is None else f"{memory:.0f}"
            return f"serverless {size} MB × {'?' if concurrency is None else f'{concurrency:.0f}'}"
        count = self.values[Metric.INSTANCE_COUNT]
        return f"{self.instance_type or 'unknown type'} × {'?' if count is None else f'{count:g}'}"

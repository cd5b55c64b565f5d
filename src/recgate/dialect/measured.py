"""The P99 that CloudWatch measured for each recommendation, as it lies in the document.

Shape of ``document["measured"]``::

    {"minimum_samples": 100,
     "rows": [{"recommendation": "job/8chars", "p99_ms": 84.2, "samples": 5230,
               "source": "cloudwatch", "note": "", …}]}

``recommendation`` is the id that `recommendation_ids` gives the row. Whatever else a row holds
(window, period, dimensions) is evidence and is not read.
"""

from collections.abc import Mapping, Sequence

from recgate.dialect.readings import reading
from recgate.domain.canonical import Json
from recgate.domain.reading import Reading, Source

DEFAULT_MINIMUM_SAMPLES = 100
"""With fewer samples than this the 99th percentile is simply the slowest request or two."""


def recommendation_ids(rows: Sequence[Mapping[str, Json]]) -> list[str]:
    """A name for each recommendation of a job: its RecommendationId, else its endpoint's name,
    else its place. No name comes twice.
    """
    names: list[str] = []
    for place, row in enumerate(rows, start=1):
        configuration = row.get("EndpointConfiguration")
        endpoint = configuration.get("EndpointName") if isinstance(configuration, Mapping) else None
        name = str(row.get("RecommendationId") or endpoint or f"row {place}")
        names.append(name if name not in names else f"{name} #{place}")
    return names


def measured_p99(measured: Json, recommendation: str) -> Reading:
    """The P99 of one recommendation in milliseconds, missing if it was not measured well enough."""
    if not isinstance(measured, Mapping):
        return Reading(None, missing="P99 was not measured", source=Source.CLOUDWATCH)
    rows = measured.get("rows")
    found = [
        row
        for row in (rows if isinstance(rows, Sequence) else ())
        if isinstance(row, Mapping) and row.get("recommendation") == recommendation
    ]
    if not found:
        return Reading(None, missing="P99 was not measured", source=Source.CLOUDWATCH)
    return _row_reading(found[0], measured.get("minimum_samples"))


def _row_reading(row: Mapping[str, Json], minimum: Json) -> Reading:
    source = Source.RECORDED if row.get("source") == Source.RECORDED else Source.CLOUDWATCH
    raw = row.get("p99_ms")
    samples = reading(row.get("samples"))
    count = None if samples.value is None else int(samples.value)
    note = row.get("note")
    if raw is None:
        return Reading(None, raw, source, str(note or "P99 was not measured"), count)
    needed = minimum if isinstance(minimum, int) else DEFAULT_MINIMUM_SAMPLES
    if count is None:
        return Reading(None, raw, source, "number of samples not known")
    if count < needed:
        return Reading(None, raw, source, f"too few samples: {count} of at least {needed}", count)
    number = reading(raw, source)
    return Reading(number.value, raw, source, number.missing, count)

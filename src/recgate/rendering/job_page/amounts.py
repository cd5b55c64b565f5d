"""How the figures of one job are written: two different amounts never print alike."""

from collections.abc import Iterable

from recgate.domain.candidate import Candidate, Metric
from recgate.domain.job import ExistingEndpoint
from recgate.domain.reading import Reading
from recgate.rendering.amounts import UNITS, Scale, distinct, with_unit
from recgate.rendering.job_page.parts import missing_words

_WRITTEN_WITH_UNIT = "USD"


def scale_for(rows: Iterable[Candidate], existing: Iterable[ExistingEndpoint] = ()) -> Scale:
    """The scale on which all figures of these rows can be told apart."""
    values: dict[Metric, list[float | None]] = {metric: [] for metric in Metric}
    for row in rows:
        for metric in Metric:
            values[metric].append(row.values[metric])
    for endpoint in existing:
        values[Metric.MODEL_LATENCY_MS].append(endpoint.model_latency.value)
        values[Metric.INVOCATIONS_PER_MINUTE].append(endpoint.invocations_per_minute.value)
    return Scale(
        {
            metric: distinct([each for each in found if each is not None], UNITS[metric])
            for metric, found in values.items()
        }
    )


def cell(reading: Reading, metric: Metric, scale: Scale) -> str:
    """A figure in a table whose heading has the unit: ``$0.17``, ``84``, ``n/a (NaN)``."""
    if reading.value is None:
        return missing_words(reading)
    number = scale.number(metric, reading.value)
    return with_unit(number, "USD") if UNITS[metric] == _WRITTEN_WITH_UNIT else number

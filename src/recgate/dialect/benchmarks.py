"""From the steps that SageMaker lists to benchmarks, and figures that a candidate does not hold."""

from collections.abc import Mapping

from recgate.dialect.describe import objects, text_of
from recgate.dialect.document import parse_time
from recgate.dialect.measured import recommendation_ids
from recgate.dialect.readings import reading
from recgate.dialect.recommendations import candidates_of
from recgate.domain.benchmark import Benchmark
from recgate.domain.canonical import Json
from recgate.domain.job import Snapshot
from recgate.domain.reading import Reading


def benchmarks_in(steps: Json) -> tuple[Benchmark, ...]:
    """The benchmarks in the canonical list of ListInferenceRecommendationsJobSteps, in its order.

    What is no object is left out.
    """
    if not isinstance(steps, list | tuple):
        return ()
    return tuple(_benchmark(step) for step in steps if isinstance(step, Mapping))


def setup_times(snapshot: Snapshot) -> dict[str, Reading]:
    """``ModelSetupTime`` by the recommendation's id, as it was reported.

    The API reference gives no unit with it; the developer guide says microseconds, and nobody
    has verified that, so it is in no policy and is shown as reported.
    """
    rows = objects(snapshot.describe, "InferenceRecommendations", snapshot.job_name)
    return {
        name: _setup_time(_object(row, "Metrics"))
        for name, row in zip(recommendation_ids(rows), rows, strict=True)
    }


def _benchmark(step: Mapping[str, Json]) -> Benchmark:
    made = _object(step, "InferenceBenchmark")
    metrics, of_endpoint = _object(made, "Metrics"), _object(made, "EndpointMetrics")
    # A benchmark has the members of a recommendation; one of an existing endpoint has its
    # two figures under a name of their own.
    row = {**made, "Metrics": metrics or of_endpoint}
    return Benchmark(
        status=text_of(step.get("Status")) or "",
        made=candidates_of([row], (), None)[0],
        setup_time=_setup_time(metrics),
        is_existing=bool(of_endpoint),
        failure_reason=text_of(made.get("FailureReason")),
        started_at=parse_time(made.get("InvocationStartTime")),
        ended_at=parse_time(made.get("InvocationEndTime")),
    )


def _setup_time(metrics: Mapping[str, Json]) -> Reading:
    return reading(metrics.get("ModelSetupTime"))


def _object(owner: Mapping[str, Json], member: str) -> Mapping[str, Json]:
    value = owner.get(member)
    return value if isinstance(value, Mapping) else {}

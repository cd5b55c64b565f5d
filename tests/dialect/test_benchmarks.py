"""What becomes of the steps that SageMaker lists."""

from recgate.dialect.benchmarks import benchmarks_in, setup_times
from recgate.domain.candidate import EndpointKind, Metric
from recgate.domain.canonical import Json
from tests.cli.describe.page_text import described

METRICS = {"CostPerHour": 0.17399999499320984, "MaxInvocations": 1200, "ModelLatency": 61}


def step(**benchmark: Json) -> Json:
    return {"Status": "COMPLETED", "InferenceBenchmark": benchmark}


def test_a_benchmark_is_read_like_a_recommendation() -> None:
    """The same members, the same rounding, the same reasons for what is missing."""
    endpoint: Json = {
        "InstanceType": "ml.c7g.xlarge",
        "InitialInstanceCount": 2,
        "EndpointName": "e",
    }
    found = benchmarks_in([step(Metrics=METRICS, EndpointConfiguration=endpoint)])[0]

    assert found.made.configuration == "ml.c7g.xlarge × 2"
    assert found.made.values[Metric.COST_PER_HOUR_USD] == 0.174
    assert found.made.readings[Metric.CPU_UTILIZATION_PCT].missing == "not reported"
    assert not found.is_existing


def test_a_figure_that_is_nan_is_missing_and_never_zero() -> None:
    """As a string, and as what a canonical document makes of it."""
    strings = benchmarks_in([step(Metrics={"CostPerHour": "NaN"})])[0]
    marked = benchmarks_in([step(Metrics={"CostPerHour": {"missing": "NaN"}})])[0]

    for found in (strings, marked):
        reading = found.made.readings[Metric.COST_PER_HOUR_USD]
        assert (reading.value, reading.missing) == (None, "NaN")


def test_an_existing_endpoint_has_its_two_figures() -> None:
    """They stand under a name of their own."""
    metrics = {"MaxInvocations": 184, "ModelLatency": 1312}
    found = benchmarks_in([step(EndpointMetrics=metrics)])[0]

    assert found.is_existing
    assert found.made.values[Metric.MODEL_LATENCY_MS] == 1312


def test_what_is_no_step_is_left_out() -> None:
    """A recorded file may hold anything."""
    assert benchmarks_in(None) == ()
    assert benchmarks_in("steps") == ()
    assert len(benchmarks_in([7, {}, {"Status": 5, "InferenceBenchmark": "x"}])) == 2


def test_setup_times_go_with_their_recommendations() -> None:
    """By id, whatever order the rows are shown in."""
    rows = [
        {
            "RecommendationId": f"j/{place}",
            "Metrics": {"CostPerHour": cost, "ModelSetupTime": time},
            "EndpointConfiguration": {"ServerlessConfig": {"MemorySizeInMB": 1024}},
        }
        for place, cost, time in ((1, 2.0, 4_200_000), (2, 1.0, "NaN"))
    ]
    job = described({"JobName": "j", "Status": "COMPLETED", "InferenceRecommendations": rows})

    times = setup_times(job)

    assert [row.kind for row in job.candidates] == [EndpointKind.SERVERLESS] * 2
    assert times["j/1"].value == 4_200_000
    assert (times["j/2"].value, times["j/2"].missing) == (None, "NaN")

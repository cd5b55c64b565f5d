from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recgate.dialect.describe import job_state, snapshot_from
from recgate.dialect.document import canonical_value, snapshot_document
from recgate.domain.candidate import Candidate, EndpointKind, Metric
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.reading import Source
from recgate.ports import JobUnusable
from tests.servers.sample_jobs import CREATED, ENDED, job, row, serverless_row, step


def read(response: dict[str, Any], **beside: Any) -> Snapshot:
    return snapshot_from(snapshot_document(response, **{"tags": None, **beside}))


def only(snapshot: Snapshot) -> Candidate:
    (candidate,) = snapshot.candidates
    return candidate


def test_a_job_is_read_into_a_snapshot() -> None:
    """Name, place, times and model, each from its own member."""
    snapshot = read(job(), tags=[{"Key": "env", "Value": "prod"}])

    assert snapshot.job_name == "fraud-ranker-v14"
    assert (snapshot.account, snapshot.region) == ("111122223333", "eu-west-1")
    assert (snapshot.status, snapshot.job_type) == (JobStatus.COMPLETED, "Default")
    assert snapshot.created_at == datetime(2026, 11, 21, 4, 40, 0, 125_000, UTC)
    assert snapshot.ended_at == datetime(2026, 11, 21, 6, 32, 0, 500_000, UTC)
    assert (snapshot.model_package_group, snapshot.model_known) == ("fraud-ranker", True)
    assert snapshot.tags == {"env": "prod"}


def test_a_job_without_completion_time_ended_when_it_was_last_modified() -> None:
    """No published COMPLETED response has a CompletionTime."""
    snapshot = read(job(CompletionTime=None, LastModifiedTime=ENDED))

    assert snapshot.ended_at == snapshot.modified_at is not None


def test_a_running_job_has_not_ended() -> None:
    """LastModifiedTime is the end only of what will not change again."""
    assert read(job(Status="IN_PROGRESS", CompletionTime=None)).ended_at is None


def test_a_fleet_total_is_never_multiplied() -> None:
    """0.69 USD an hour for 3 instances is 0.69, and 387 invocations a minute are 387."""
    advanced = job(
        JobType="Advanced",
        InferenceRecommendations=[
            row(instance="ml.m5.xlarge", count=3, CostPerHour=0.69, MaxInvocations=387)
        ],
    )

    candidate = only(read(advanced))

    assert candidate.values[Metric.COST_PER_HOUR_USD] == 0.69
    assert candidate.values[Metric.INVOCATIONS_PER_MINUTE] == 387
    assert candidate.configuration == "ml.m5.xlarge × 3"


def test_cost_per_inference_is_read_per_million() -> None:
    """The limit's unit is USD per million; the response's is USD for one."""
    candidate = only(read(job(InferenceRecommendations=[row(CostPerInference=7.456940238e-06)])))

    assert candidate.values[Metric.COST_PER_MILLION_INFERENCES_USD] == 7.45694


def test_a_serverless_row_has_memory_and_concurrency_and_no_instance() -> None:
    """What does not exist for its kind is missing, not zero or one."""
    candidate = only(read(job(InferenceRecommendations=[serverless_row()])))

    assert candidate.kind is EndpointKind.SERVERLESS
    assert candidate.configuration == "serverless 2048 MB × 5"
    assert (candidate.instance_type, candidate.family, candidate.instance_count) == (None,) * 3
    assert candidate.values[Metric.INSTANCE_COUNT] is None
    assert candidate.values[Metric.COST_PER_HOUR_USD] is None


def test_a_mixed_list_keeps_both_kinds() -> None:
    """A Default job may recommend instances and serverless side by side."""
    snapshot = read(job(InferenceRecommendations=[serverless_row(), row()]))

    assert [candidate.kind for candidate in snapshot.candidates] == [
        EndpointKind.REALTIME,
        EndpointKind.SERVERLESS,
    ]


@pytest.mark.parametrize("member", ["EndpointInfo", "EndpointConfiguration"])
def test_an_existing_endpoint_is_read_under_both_of_its_names(member: str) -> None:
    """The guide prints EndpointConfiguration where the API says EndpointInfo."""
    performance = {
        "Metrics": {"MaxInvocations": 184, "ModelLatency": 1312},
        member: {"EndpointName": "endpoint-in-service"},
    }
    snapshot = read(job(EndpointPerformances=[performance]))

    (existing,) = snapshot.existing_endpoints
    assert existing.endpoint_name == "endpoint-in-service"
    candidate = only(snapshot)
    assert candidate.values[Metric.LATENCY_GAIN_OVER_EXISTING_PCT] == 86.9665
    assert candidate.values[Metric.THROUGHPUT_GAIN_OVER_EXISTING_PCT] == 794.022


def test_a_gain_over_several_endpoints_is_over_the_best_and_needs_all_their_figures() -> None:
    """The endpoint without a figure might be the best."""
    known = {"Metrics": {"MaxInvocations": 184, "ModelLatency": 342}, "EndpointInfo": {}}
    faster = {"Metrics": {"MaxInvocations": 100, "ModelLatency": 180}, "EndpointInfo": {}}
    unknown = {"Metrics": {"MaxInvocations": "NaN", "ModelLatency": "NaN"}, "EndpointInfo": {}}
    metric = Metric.LATENCY_GAIN_OVER_EXISTING_PCT

    assert only(read(job(EndpointPerformances=[known, faster]))).values[metric] == 5
    assert only(read(job(EndpointPerformances=[known, unknown]))).values[metric] is None


def test_a_recommendation_id_with_a_slash_and_no_environment_is_itself() -> None:
    """Published ids are <job or model>/<8 characters>; EnvironmentParameters may be []."""
    candidate = only(read(job(InferenceRecommendations=[row("resnet50/Ab12Cd34")])))

    assert candidate.recommendation_id == "resnet50/Ab12Cd34"
    assert candidate.environment == {}


def test_environment_parameters_are_read() -> None:
    """They are part of the configuration that is approved."""
    recommended = row()
    recommended["ModelConfiguration"]["EnvironmentParameters"] = [
        {"Key": "OMP_NUM_THREADS", "ValueType": "string", "Value": "4"}
    ]

    candidate = only(read(job(InferenceRecommendations=[recommended])))

    assert candidate.environment == {"OMP_NUM_THREADS": "4"}


def test_a_row_with_every_metric_missing_is_a_candidate_without_figures() -> None:
    """Ten rows with Metrics null: nothing crashes and nothing counts as measured."""
    rows = [{**row(f"job/{place}"), "Metrics": None} for place in range(10)]

    snapshot = read(job(InferenceRecommendations=rows))

    assert len(snapshot.candidates) == 10
    for candidate in snapshot.candidates:
        assert [value for value in candidate.values if value is not None] == [1.0]


@pytest.mark.parametrize("member", ["InferenceRecommendations", "EndpointPerformances"])
@pytest.mark.parametrize("value", ["text", {"a": 1}, [1], ["text"], [None], [[row()]]])
def test_rows_that_are_not_objects_are_refused(member: str, value: Any) -> None:
    """Another shape is another API's answer."""
    with pytest.raises(JobUnusable, match=f"{member}.* is not a"):
        read(job(**{member: value}))


@pytest.mark.parametrize("status", ["Completed", "DONE", "", None, 3, {"a": "b"}])
def test_a_status_that_is_not_sagemakers_is_refused(status: Any) -> None:
    """A word that nobody knows is neither ended nor running."""
    response = canonical_value({**job(), "Status": status})
    assert isinstance(response, dict)

    with pytest.raises(JobUnusable, match="is none of PENDING, IN_PROGRESS, COMPLETED"):
        job_state(response)


@pytest.mark.parametrize(
    "response",
    [{}, {"TrainingJobName": "t", "TrainingJobStatus": "Completed"}, {"JobName": "x"}],
)
def test_a_response_without_status_is_refused(response: dict[str, Any]) -> None:
    """It says what it holds and what was wanted."""
    with pytest.raises(JobUnusable, match=r"has no Status.*DescribeInferenceRecommendationsJob"):
        read(response)


def test_the_arn_of_something_else_is_refused() -> None:
    """A job ARN names an inference recommendations job."""
    with pytest.raises(JobUnusable, match="training-job"):
        read(job(JobArn="arn:aws:sagemaker:eu-west-1:111122223333:training-job/x"))


def test_a_sparse_response_is_called_after_its_file() -> None:
    """Published results leave the name out."""
    response = {"Status": "FAILED", "FailureReason": "INVALID_INPUT"}

    assert read(response, called="failed-invalid-input").job_name == "failed-invalid-input"


def test_a_placeholder_in_the_arn_is_neither_account_nor_region() -> None:
    """Samples of the documentation print the words; then they are not known."""
    snapshot = read(
        job(JobArn="arn:aws:sagemaker:region:account-id:inference-recommendations-job/resource-id")
    )

    assert (snapshot.account, snapshot.region) == (None, None)


def test_a_failure_reason_is_kept_raw() -> None:
    """Cleaning is the renderer's business; the record holds what SageMaker said."""
    reason = "<!channel> \x00\x1b[31m\u202e & <https://example.com|click>"

    snapshot = read(job(Status="FAILED", FailureReason=reason, InferenceRecommendations=None))

    assert snapshot.failure_reason == snapshot.describe["FailureReason"] == reason


def test_steps_are_read_with_their_reasons() -> None:
    """The only view of a partial failure."""
    steps = [step("j", "FAILED", reason="ModelError"), step("j", "COMPLETED")]

    snapshot = read(job(), steps=steps)

    assert [(each.status, each.instance_type, each.failure_reason) for each in snapshot.steps] == [
        ("FAILED", "ml.m5.large", "ModelError"),
        ("COMPLETED", "ml.m5.large", None),
    ]


def test_a_p99_rests_on_enough_samples() -> None:
    """With fewer than the minimum it is the slowest request or two."""

    def p99(samples: int | None) -> tuple[float | None, str]:
        measured = {
            "minimum_samples": 100,
            "rows": [
                {
                    "recommendation": "fraud-ranker-v14/a1b2c3d4",
                    "p99_ms": 84.2,
                    "samples": samples,
                    "source": "cloudwatch",
                    "note": "",
                }
            ],
        }
        found = only(read(job(), measured=measured)).readings[Metric.LATENCY_P99_MS]
        assert found.source is Source.CLOUDWATCH
        return found.value, found.missing

    assert p99(100) == (84.2, "")
    assert p99(99) == (None, "too few samples: 99 of at least 100")
    assert p99(None) == (None, "number of samples not known")


def test_a_job_that_measured_nothing_has_no_p99() -> None:
    """ModelLatency and the target in StoppingConditions are not a P99."""
    target = {"ModelLatencyThresholds": [{"Percentile": "P99", "ValueInMilliseconds": 100}]}

    found = only(read(job(StoppingConditions=target))).readings[Metric.LATENCY_P99_MS]

    assert (found.value, found.missing) == (None, "P99 was not measured")


def sparse(row: dict[str, Any], *, place: int) -> dict[str, Any]:
    """The row as published tables have it: without an id or an endpoint's name."""
    made = {member: value for member, value in row.items() if member != "RecommendationId"}
    made["EndpointConfiguration"] = {"InstanceType": f"ml.c6i.{place + 1}xlarge"}
    return made


@settings(max_examples=40)
@given(
    figures=st.lists(st.sampled_from([None, 0.2, 0.736, "NaN"]), min_size=2, max_size=10),
    named=st.booleans(),
    data=st.data(),
)
def test_candidates_are_in_one_order_whatever_order_the_rows_came_in(
    figures: list[Any], named: bool, data: st.DataObject
) -> None:
    """Rows have no reliable order, and equals must not change places between two readings."""
    rows = [
        row(f"job/{place:08}", endpoint=f"e{place}", instance=f"ml.c6i.{place + 1}xlarge",
            CostPerHour=figure)
        for place, figure in enumerate(figures)
    ]  # fmt: skip
    if not named:
        rows = [sparse(each, place=place) for place, each in enumerate(rows)]
    shuffled = data.draw(st.permutations(rows))

    orders = [
        [
            candidate.configuration
            for candidate in read(job(InferenceRecommendations=each)).candidates
        ]
        for each in (rows, shuffled)
    ]

    assert orders[0] == orders[1]


def test_the_order_is_cost_then_latency_then_id() -> None:
    """Rule 3 of the policy language; what is missing comes last."""
    rows = [
        row("e", CostPerHour=None, ModelLatency=1),
        row("d", CostPerHour=0.5, ModelLatency=None),
        row("c", CostPerHour=0.5, ModelLatency=9),
        row("b", CostPerHour=0.5, ModelLatency=9),
        row("a", CostPerHour=0.6, ModelLatency=1),
    ]

    snapshot = read(job(InferenceRecommendations=rows))

    assert [each.recommendation_id for each in snapshot.candidates] == ["b", "c", "d", "a", "e"]


def test_a_state_is_another_one_when_the_job_changed() -> None:
    """Status and LastModifiedTime tell one state from the next."""
    states = [
        job_state(response)
        for changes in ({}, {"LastModifiedTime": CREATED}, {"Status": "STOPPED"})
        if isinstance(response := canonical_value(job(**changes)), dict)
    ]

    assert len({state.key for state in states}) == 3
    assert len({state.stream for state in states}) == 1

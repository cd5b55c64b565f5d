"""The quick reading and the whole one are two roads to one answer."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from recgate.dialect.backtest_figures import FiguresReader
from recgate.dialect.backtest_files import quick_document
from recgate.dialect.backtest_reading import quick_snapshot
from recgate.dialect.describe import snapshot_from
from recgate.dialect.document import canonical_value, snapshot_document
from recgate.dialect.recorded import read_recording
from recgate.dialect.recorded_json import Recorded
from recgate.domain.backtest_approval import answer_of, family_of
from recgate.domain.candidate import Metric
from recgate.domain.evaluation import Evaluation, evaluate
from recgate.domain.job import Snapshot
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import Policy
from recgate.domain.waiver import Waiver
from recgate.ports import JobUnusable
from recgate.rendering.headline import compliant
from tests.dialect.backtest_documents import (
    TAGS,
    TODAY,
    jobs,
    measurements,
    policies,
    waivers,
)


def reader_for(judging: list[Policy]) -> FiguresReader:
    limits = [limit for policy in judging for limit in policy.limits]
    return FiguresReader(
        frozenset(limit.spec.metric for limit in limits if isinstance(limit, NumericLimit))
    )


def told(snapshot: Snapshot, evaluation: Evaluation) -> object:
    """All that a verdict is, and rests on."""
    metrics = {
        limit.spec.metric
        for judged in evaluation.judgements
        for limit in judged.policy.limits
        if isinstance(limit, NumericLimit)
    }
    return (
        evaluation.verdict,
        evaluation.reason,
        [(entry.policy.name, entry.reason, entry.in_doubt) for entry in evaluation.unmatched],
        [
            (
                judged.policy.name,
                judged.mode,
                judged.verdict,
                judged.reason,
                judged.deciding,
                judged.chosen,
                judged.columns,
                judged.waivers,
                [row.recommendation_id for row in judged.candidates],
            )
            for judged in evaluation.judgements
        ],
        answer_of(evaluation),
        [snapshot.rows(None).columns[metric] for metric in sorted(metrics)],
        (family_of(snapshot, "here"), snapshot.model, snapshot.status, snapshot.tags),
    )


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    job=jobs(),
    tags=TAGS,
    measured=measurements(),
    judging=st.lists(policies(), min_size=1, max_size=3, unique_by=lambda each: each.name),
    waived=st.lists(waivers(), max_size=2),
)
def test_what_is_read_quickly_is_judged_as_what_is_read_whole(
    job: dict[str, Any],
    tags: Any,
    measured: Any,
    judging: list[Policy],
    waived: list[Waiver],
) -> None:
    """Verdict, reason, outcomes, choice and order, whatever SageMaker sends and policies ask."""
    document = {
        "schema": 1,
        **{
            name: canonical_value(value)
            for name, value in (("job", job), ("tags", tags), ("measured", measured))
        },
    }

    quick = quick_snapshot(document, reader_for(judging))

    if quick is None:
        event("left to the whole reading")
        return
    whole = snapshot_from(document)
    event(f"{len(whole.candidates)} rows")
    fast = told(quick, evaluate(quick, judging, TODAY, waived))
    assert fast == told(whole, evaluate(whole, judging, TODAY, waived))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    job=jobs(),
    tags=st.sampled_from([None, [{"Key": "env", "Value": "prod"}], {"env": "prod"}, "text"]),
    latency=st.sampled_from(
        [None, [{"Row": 1, "P99Milliseconds": 84.25, "SampleCount": 5000}], [{"Row": 99}], "x"]
    ),
    judging=st.lists(policies(), min_size=1, max_size=2, unique_by=lambda each: each.name),
    beside=st.booleans(),
)
def test_a_file_that_is_read_quickly_is_judged_as_one_that_is_read_strictly(
    job: dict[str, Any], tags: Any, latency: Any, judging: list[Policy], beside: bool
) -> None:
    """What the strict reading refuses or changes is never taken quickly as it stands."""
    extras = {"Tags": tags, "MeasuredLatency": latency}
    main = Recorded(json.dumps(job if beside else job | extras).encode(), "job.json")
    companion = Recorded(json.dumps(extras).encode(), "job.extra.json") if beside else None

    quick = quick_document(main, companion, minimum_samples=100)

    found = None if quick is None else quick_snapshot(quick, reader_for(judging))
    if found is None:
        return
    recording = read_recording(main, called="job", minimum_samples=100, companion=companion)
    whole = snapshot_from(
        snapshot_document(
            recording.state.response,
            tags=recording.tags,
            steps=recording.steps,
            measured=recording.measured,
        )
    )
    fast = told(found, evaluate(found, judging, TODAY))
    assert fast == told(whole, evaluate(whole, judging, TODAY))


@given(job=jobs(), judging=st.lists(policies(), min_size=1, max_size=3), measured=measurements())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_approved_configuration_is_the_one_that_messages_name(
    job: dict[str, Any], judging: list[Policy], measured: Any
) -> None:
    """Found in another way for speed, and the same."""
    document = {"schema": 1, "job": canonical_value(job), "measured": canonical_value(measured)}
    try:
        evaluation = evaluate(snapshot_from(document), judging, TODAY)
    except JobUnusable:
        return

    approved = answer_of(evaluation).approved

    best = compliant(evaluation)
    assert (approved and approved.recommendation_id) == (best and best.recommendation_id)
    assert (approved and approved.cost_per_hour_usd) == (best and best.values[0])


PLAIN = {
    "JobName": "job",
    "JobArn": "arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/job",
    "Status": "COMPLETED",
}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(PLAIN)[:-1] + ', "Status": "FAILED"}',
        json.dumps(PLAIN | {"JobNmae": 1}),
        json.dumps(PLAIN | {"AutoMLJobName": "x"}),
        json.dumps(PLAIN | {"NextToken": "t"}),
        json.dumps(PLAIN | {"FailureReason": "\ud800"}),
        json.dumps(PLAIN | {"InputConfig": json.loads("[" * 60 + "]" * 60)}),
        "\ufeff" + json.dumps(PLAIN),
        json.dumps([PLAIN]),
        json.dumps(PLAIN)[:-1],
    ],
    ids=["twice", "slip", "foreign", "token", "surrogate", "deep", "mark", "list", "torn"],
)
def test_a_file_that_is_not_plain_is_left_to_the_strict_reading(text: str) -> None:
    """Which refuses it by name, or makes of it what it is."""
    main = Recorded(text.encode("utf-8", "surrogatepass"), "job.json")

    assert quick_document(main, None, minimum_samples=100) is None


def test_a_plain_file_is_read_quickly() -> None:
    """Or the tests above would show nothing."""
    quick = quick_document(Recorded(json.dumps(PLAIN).encode(), "f"), None, minimum_samples=100)

    assert quick is not None
    assert quick_snapshot(quick, FiguresReader(frozenset())) is not None


GAIN = Metric.LATENCY_GAIN_OVER_EXISTING_PCT


@pytest.mark.parametrize("metric", [GAIN, Metric.COST_PER_HOUR_USD])
def test_a_comparison_with_an_existing_endpoint_is_left_to_the_whole_reading(
    metric: Metric,
) -> None:
    """Only where a policy asks for it: the endpoint stands in the way of nothing else."""
    job = PLAIN | {"EndpointPerformances": [{"Metrics": {"ModelLatency": 100}}]}
    document = {"schema": 1, "job": canonical_value(job)}

    quick = quick_snapshot(document, FiguresReader(frozenset({metric})))

    assert (quick is None) is (metric is GAIN)

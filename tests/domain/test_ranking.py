"""Why a candidate stands where it does: held to the real order of snapshots and judgements."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from recgate.dialect.describe import snapshot_from
from recgate.dialect.document import snapshot_document
from recgate.domain.candidate import Candidate
from recgate.domain.evaluation import Judgement, evaluate
from recgate.domain.ranking import Criterion, criterion, figures_key
from recgate.domain.verdict import Outcome
from tests.builders import TODAY, at_most, candidate, policy, snapshot

_few = st.sampled_from([0.1, 0.2, 0.3, None])
_raw = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["job/a", "job/b", None]),
        "endpoint": st.sampled_from(["sm-epc-1", "sm-epc-2", None]),
        "cost": _few,
        "latency": st.sampled_from([10, 20, None]),
        "rate": st.sampled_from([500, 700]),
    }
)
POLICY = policy(
    at_most("max_cost_per_hour_usd", 0.25, warn=0.15),
    at_most("min_invocations_per_minute", 600),
    at_most("max_model_latency_ms", 15),
)


def _row(raw: dict[str, Any]) -> dict[str, object]:
    metrics = {
        "CostPerHour": raw["cost"],
        "ModelLatency": raw["latency"],
        "MaxInvocations": raw["rate"],
    }
    row: dict[str, object] = {
        "Metrics": metrics,
        "EndpointConfiguration": {"InstanceType": "ml.c7g.xlarge", "InitialInstanceCount": 1},
    }
    if raw["id"]:
        row["RecommendationId"] = raw["id"]
    if raw["endpoint"]:
        row["EndpointConfiguration"] = {
            "InstanceType": "ml.c7g.xlarge",
            "InitialInstanceCount": 1,
            "EndpointName": raw["endpoint"],
        }
    return row


def _worst(judgement: Judgement, place: int) -> tuple[int, int]:
    """Severity and warnings, from the findings alone."""
    outcomes = [finding.outcome for finding in judgement.findings(place)]
    warnings = sum(each in (Outcome.WARN, Outcome.WARN_MISSING) for each in outcomes)
    return judgement.verdict_on(place).rank, warnings


def _sorted_by(row: Candidate) -> str:
    """The id as SageMaker gave it, the endpoint's name without one; nothing without either."""
    nameless = row.recommendation_id.startswith("row ") and row.endpoint_name is None
    return "" if nameless else row.recommendation_id.split(" #")[0]


@settings(max_examples=400, deadline=None)
@given(st.lists(_raw, min_size=2, max_size=8))
def test_each_reason_is_the_first_key_in_which_neighbours_differ(
    raws: list[dict[str, Any]],
) -> None:
    """In the order that the policy language's rule 3 gives, from the wire on."""
    document = snapshot_document(
        {
            "JobName": "job",
            "Status": "COMPLETED",
            "InferenceRecommendations": [_row(raw) for raw in raws],
        },
        tags=[],
    )
    shot = snapshot_from(document)

    [judgement] = evaluate(shot, [POLICY], TODAY).judgements

    for better, worse in zip(judgement.order, judgement.order[1:], strict=False):
        first, second = judgement.candidates[better], judgement.candidates[worse]
        keys = zip(
            (*_worst(judgement, better), *figures_key(first)),
            (*_worst(judgement, worse), *figures_key(second)),
            strict=True,
        )
        differs = next(((place, a, b) for place, (a, b) in enumerate(keys) if a != b), None)
        said = criterion(judgement, better, worse)
        if differs is None:
            names = _sorted_by(first), _sorted_by(second)
            assert names[0] <= names[1]
            alike = names[0] == names[1]
            assert said is (Criterion.SNAPSHOT if alike else Criterion.RECOMMENDATION_ID)
        else:
            assert said is list(Criterion)[differs[0]]
            assert differs[1] < differs[2]


def test_what_is_missing_comes_last() -> None:
    """A price that nobody reported is no cheap one."""
    known, unknown = candidate(cost_per_hour_usd=900.0), candidate(cost_per_hour_usd=None)

    assert figures_key(known) < figures_key(unknown)


def test_two_rows_of_one_id_are_settled_by_what_they_hold() -> None:
    """The number that tells them apart is ours, and decides nothing."""
    rows = (
        candidate(recommendation_id="job/a", cost_per_hour_usd=1.0),
        candidate(recommendation_id="job/a #2", cost_per_hour_usd=1.0),
        candidate(recommendation_id="job/b", cost_per_hour_usd=1.0),
    )
    [judgement] = evaluate(
        snapshot(*rows), [policy(at_most("max_cost_per_hour_usd", 2.0))], TODAY
    ).judgements

    assert criterion(judgement, 0, 1) is Criterion.SNAPSHOT
    assert criterion(judgement, 1, 2) is Criterion.RECOMMENDATION_ID


def test_an_order_that_the_figures_do_not_give_is_told_as_the_snapshots_own() -> None:
    """A record of another version may have another order: no reason is made up for it."""
    rows = (candidate(cost_per_hour_usd=1.0), candidate(cost_per_hour_usd=0.5))
    [judgement] = evaluate(
        snapshot(*rows), [policy(at_most("max_cost_per_hour_usd", 2.0))], TODAY
    ).judgements

    assert criterion(judgement, 0, 1) is Criterion.SNAPSHOT


def test_p99_comes_before_what_describe_reports() -> None:
    """After the cost, and whatever the model latency is."""
    first = candidate(cost_per_hour_usd=1.0, latency_p99_ms=80.0, model_latency_ms=50.0)
    second = candidate(cost_per_hour_usd=1.0, latency_p99_ms=90.0, model_latency_ms=10.0)
    [judgement] = evaluate(
        snapshot(first, second), [policy(at_most("max_cost_per_hour_usd", 2.0))], TODAY
    ).judgements

    assert figures_key(first) < figures_key(second)
    assert criterion(judgement, 0, 1) is Criterion.LATENCY_P99

import json
import os
from pathlib import Path
from typing import Any

import pytest

from recgate.dialect.describe import snapshot_from
from recgate.dialect.document import snapshot_document
from recgate.domain.candidate import Metric
from recgate.domain.job import Snapshot
from recgate.ports import JobUnusable
from tests.servers.sample_jobs import job, row

REAL_JOBS = Path(
    os.environ.get("RECGATE_REAL_JOBS") or Path(__file__).parents[2].parent / "shared" / "real-jobs"
)
PUBLISHED = sorted(REAL_JOBS.glob("*.json"))


def judged(response: dict[str, Any]) -> Snapshot:
    return snapshot_from(snapshot_document(response, tags=None))


def preview_row() -> dict[str, Any]:
    return {
        "Metrics": {"CostPerHour": 0.204, "MaximumInvocations": 648, "ModelLatency": 263596},
        "EndpointConfiguration": {"InstanceType": "ml.c5.xlarge", "InitialInstanceCount": 1},
        "ModelConfiguration": {"Compiled": False, "EnvironmentParameters": []},
    }


def test_a_result_of_the_preview_is_refused_with_littles_law_in_the_reason() -> None:
    """Its latencies are microseconds, a thousand times the number that a limit is about."""
    with pytest.raises(JobUnusable) as refused:
        judged(job(InferenceRecommendations=[preview_row()]))

    assert str(refused.value) == (
        "Job fraud-ranker-v14: MaximumInvocations and Compiled belong to the 2021 preview of "
        "Inference Recommender, whose ModelLatency is in microseconds. ModelLatency 263596 would "
        "mean 2,847 concurrent users by Little's law if it were in milliseconds. Run the job "
        "again to get figures that can be judged."
    )


@pytest.mark.parametrize("member", ["MaximumInvocations", "Compiled"])
def test_either_member_of_the_preview_gives_it_away(member: str) -> None:
    """One sign in one row of several is enough."""
    suspect = preview_row()
    if member == "Compiled":
        del suspect["Metrics"]["MaximumInvocations"]
    else:
        del suspect["ModelConfiguration"]["Compiled"]

    with pytest.raises(JobUnusable, match=f"{member} belong"):
        judged(job(InferenceRecommendations=[row(), suspect]))


def test_microseconds_without_the_previews_members_are_not_taken_for_milliseconds() -> None:
    """Little's law alone: the latency is missing, and the record says why."""
    snapshot = judged(job(InferenceRecommendations=[row(MaxInvocations=648, ModelLatency=263596)]))

    latency = snapshot.candidates[0].readings[Metric.MODEL_LATENCY_MS]
    assert (latency.value, latency.raw) == (None, 263596)
    assert snapshot.warnings == (
        "ml.c7g.xlarge × 1: ModelLatency 263596 ignored, implausible: 2,847 concurrent users by "
        "Little's law; not in milliseconds?",
    )


def test_a_cost_per_inference_that_contradicts_the_other_figures_is_a_warning() -> None:
    """CostPerInference = CostPerHour / (60 × MaxInvocations) on every exact published sample."""
    wrong = row(CostPerHour=0.736, MaxInvocations=1645, CostPerInference=7.9e-06)

    assert judged(job(InferenceRecommendations=[wrong])).warnings == (
        "ml.c7g.xlarge × 1: CostPerInference 7.9e-06 does not agree with CostPerHour / "
        "(60 × MaxInvocations) = 7.457e-06",
    )


@pytest.mark.parametrize("figure", [7.456940238625975e-06, 7.45e-06, 7e-06])
def test_a_cost_per_inference_that_agrees_as_far_as_it_is_written_is_none(figure: float) -> None:
    """Published tables are rounded."""
    right = row(CostPerHour=0.7360000014305115, MaxInvocations=1645, CostPerInference=figure)

    assert judged(job(InferenceRecommendations=[right])).warnings == ()


@pytest.mark.skipif(not PUBLISHED, reason="the published results are not beside the checkout")
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_published_results_are_read_without_a_warning_or_refused_as_the_preview(
    path: Path,
) -> None:
    """The checks are made for what goes wrong, not for what AWS has published."""
    document = snapshot_document(json.loads(path.read_text()), tags=None, called=path.stem)

    if path.stem.startswith("preview"):
        with pytest.raises(JobUnusable, match="2021 preview"):
            snapshot_from(document)
    else:
        assert snapshot_from(document).warnings == ()

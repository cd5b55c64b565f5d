"""No arrangement of missing, NaN and extreme values opens the gate for a candidate that does not
meet every limit.

The oracle beside each limit is written from the policy language, not from the code: a value
meets a limit only if it is there and its six leading digits are on the safe side.
"""

import math
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from recgate.dialect.describe import snapshot_from
from recgate.dialect.document import snapshot_document
from recgate.domain.evaluation import evaluate
from recgate.domain.verdict import Verdict
from tests.builders import TODAY, at_most, families, policy

COST, P99, RATE, CPU = 2.5, 120.0, 400.0, 80.0
POLICY = policy(
    at_most("max_cost_per_hour_usd", COST),
    at_most("max_latency_p99_ms", P99),
    at_most("min_invocations_per_minute", RATE),
    at_most("max_cpu_utilization_pct", CPU),
    families(allow=("c7g", "m7g"), deny=("p4d",)),
)

_extreme = st.sampled_from([10**400, 5e-324, 1.7e308, [], {"missing": "NaN"}]) | st.sampled_from(
    [None, "NaN", "nan", math.nan, math.inf, -math.inf, "12.5", "", True, False, 0, -0.0, -1, {}]
)


def _around(limit: float) -> st.SearchStrategy[object]:
    near = st.sampled_from([limit, math.nextafter(limit, 0), math.nextafter(limit, math.inf)])
    scaled = st.floats(0.99999, 1.00001).map(lambda share: limit * share)
    return st.one_of(_extreme, near, scaled, st.floats(0, 4 * limit), st.integers(0, int(limit)))


_GOOD = {
    "cost": 2.5,
    "rate": 400,
    "cpu": 80.0,
    "p99": 120.0,
    "samples": 100,
    "instance": "ml.c7g.xlarge",
    "metrics": True,
}
_any_row = st.fixed_dictionaries(
    {
        "cost": _around(COST),
        "rate": _around(RATE),
        "cpu": _around(CPU),
        "p99": _around(P99),
        "samples": st.sampled_from([None, "5000", 0, 99, 100, 5000, math.nan]),
        "instance": st.sampled_from(
            [None, 7, "", "ml.c7g.xlarge", "ml.p4d.24xlarge", "c7g", "ml.m7g.large", "ml.m5.x"]
        ),
        "metrics": st.sampled_from([True, True, True, None, "NaN", []]),
    }
)


_rows = st.one_of(
    _any_row,
    st.just(_GOOD),
    st.builds(
        lambda row, field: {**_GOOD, field: row[field]}, _any_row, st.sampled_from(sorted(_GOOD))
    ),
)
"""Any row, one that just complies, and one that differs from it in a single field."""


def _is_met(value: object, limit: float, *, at_least: bool = False) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        number = float(value)
    except OverflowError:
        return False
    if not math.isfinite(number) or number < 0:
        return False
    rounded = float(f"{number:.6g}")
    return rounded >= limit if at_least else rounded <= limit


def _complies(row: Mapping[str, Any]) -> bool:
    has_metrics = row["metrics"] is True
    return (
        has_metrics
        and _is_met(row["cost"], COST)
        and row["cost"] != 0
        and _is_met(row["rate"], RATE, at_least=True)
        and _is_met(row["cpu"], CPU)
        and _is_met(row["p99"], P99)
        and isinstance(row["samples"], int)
        and row["samples"] >= 100
        and row["instance"] in ("ml.c7g.xlarge", "ml.m7g.large")
    )


def _described(row: Mapping[str, Any], place: int) -> dict[str, object]:
    metrics: object = row["metrics"]
    if metrics is True:
        metrics = {
            "CostPerHour": row["cost"],
            "MaxInvocations": row["rate"],
            "CpuUtilization": row["cpu"],
        }
    return {
        "RecommendationId": f"job/{place}",
        "Metrics": metrics,
        "EndpointConfiguration": {"InstanceType": row["instance"], "InitialInstanceCount": 1},
    }


@settings(max_examples=1500, deadline=None)
@given(st.lists(_rows, max_size=10))
def test_the_gate_opens_exactly_for_a_candidate_that_meets_every_limit(
    rows: list[dict[str, Any]],
) -> None:
    """From the wire to the verdict, for any arrangement of what may be on it."""
    job = {
        "JobName": "job",
        "Status": "COMPLETED",
        "InferenceRecommendations": [_described(row, place) for place, row in enumerate(rows)],
    }
    measured = {
        "minimum_samples": 100,
        "rows": [
            {"recommendation": f"job/{place}", "p99_ms": row["p99"], "samples": row["samples"]}
            for place, row in enumerate(rows)
        ],
    }

    snapshot = snapshot_from(snapshot_document(job, tags=[], measured=measured))
    evaluation = evaluate(snapshot, [POLICY], TODAY)

    assert evaluation.verdict.opens_gate is any(map(_complies, rows))
    if not rows:
        assert evaluation.verdict is Verdict.NO_RESULT
    else:
        chosen = evaluation.judgements[0].chosen
        if chosen is not None:
            name = evaluation.judgements[0].candidates[chosen].recommendation_id
            assert _complies(rows[int(name.removeprefix("job/"))])

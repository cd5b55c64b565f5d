"""Documents of jobs as SageMaker might ever send them, and policies of every kind, by chance."""

import math
from datetime import date
from typing import Any

from hypothesis import strategies as st

from recgate.domain.candidate import EndpointKind
from recgate.domain.catalogue import NUMERIC_LIMITS
from recgate.domain.limits import OnMissing
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import Mode, Policy, Quantifier
from recgate.domain.scope import Condition, Scope
from recgate.domain.set_limit import SetLimit
from recgate.domain.waiver import Waiver

TODAY = date(2026, 11, 22)
_BETWEEN = (0.5, 1.0, 2.5, 99.99999, 100.00001, 120, 400)
_FIGURES = st.one_of(
    st.sampled_from(
        [
            0.7360000014305115,
            0.736,
            0.73600049,
            1.0,
            2,
            0,
            -0.0,
            120.0000004,
            0.99999999,
            99.999994,
            2500,
            123456789,
        ]
    ),
    st.floats(0.125, 500, width=32),
    st.sampled_from([math.nan, math.inf, -1.0, "NaN", "nan ", "12", None, True, 10**400, {}, []]),
    st.sampled_from([{"missing": "NaN"}, 1e-320, 1e308]),
)
_MEMBERS = (
    *("CostPerHour", "CostPerInference", "ModelLatency", "MaxInvocations"),
    *("CpuUtilization", "MemoryUtilization"),
)
_TYPES = st.sampled_from(["ml.c7g.xlarge", "ml.m7g.large", "ml.p4d.24xlarge", "weird", "", None, 7])
_IDS = st.sampled_from(["job/a", "job/b", "job/c", "job/d", "job/e", "job/f", "job/g", None, "", 5])


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """A recommendation."""
    metrics = draw(st.dictionaries(st.sampled_from(_MEMBERS), _FIGURES, max_size=6))
    if draw(st.booleans()):
        metrics = {"CostPerHour": draw(st.sampled_from([0.5, 0.50000001, 1.25])), **metrics}
    serverless = draw(st.integers(0, 4)) == 0
    endpoint: dict[str, Any] = {"EndpointName": draw(st.sampled_from(["sm-1", "sm-2", None]))}
    if serverless:
        endpoint["ServerlessConfig"] = draw(
            st.sampled_from([{"MemorySizeInMB": 2048, "MaxConcurrency": 5}, {}, "text"])
        )
    else:
        endpoint["InstanceType"] = draw(_TYPES)
        endpoint["InitialInstanceCount"] = draw(_FIGURES)
    made: dict[str, Any] = {
        "RecommendationId": "",
        "Metrics": draw(st.sampled_from([metrics, metrics, metrics, metrics, None, "text"])),
        "EndpointConfiguration": endpoint,
        "ModelConfiguration": draw(st.sampled_from([{}, {}, {}, None])),
    }
    if draw(st.integers(0, 60)) == 0:
        made["ModelConfiguration"] = {"Compiled": True}
    if draw(st.integers(0, 60)) == 0 and isinstance(made["Metrics"], dict):
        made["Metrics"] = {**made["Metrics"], "MaximumInvocations": 5}
    return made


@st.composite
def measurements(draw: st.DrawFn) -> Any:
    """What CloudWatch measured."""
    if draw(st.integers(0, 8)) == 0:
        return draw(st.sampled_from([None, {}, {"rows": "text"}, "text", {"rows": [1, None]}]))
    row = st.fixed_dictionaries(
        {
            "recommendation": _IDS,
            "p99_ms": _FIGURES,
            "samples": st.sampled_from([5000, 99, 100, 12.5, None, "many", True, 99_999_999]),
            "source": st.sampled_from(["cloudwatch", "recorded"]),
        }
    )
    made = {"rows": draw(st.lists(row, max_size=8))}
    return {**made, "minimum_samples": draw(st.sampled_from([100, 0, 100, "x", True, 5_000_000]))}


@st.composite
def jobs(draw: st.DrawFn) -> dict[str, Any]:
    """A Describe response; mostly one that ended well."""
    arn = "arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/job"
    rare = st.integers(0, 12)
    job: dict[str, Any] = {
        "JobName": "job" if draw(rare) else draw(st.sampled_from([None, "", 5])),
        "JobArn": arn if draw(rare) else draw(st.sampled_from([None, "", "arn:else", f"{arn}\n"])),
        "Status": "COMPLETED" if draw(rare) else draw(st.sampled_from(["FAILED", "STOPPED", "X"])),
        "JobType": draw(st.sampled_from(["Default", "Advanced", None])),
        "InputConfig": draw(
            st.sampled_from(
                [
                    {"ModelPackageVersionArn": "arn:aws:sagemaker:e:1:model-package/ranker/3"},
                    {"ModelName": "m"},
                    {},
                    None,
                ]
            )
        ),
        "InferenceRecommendations": draw(
            st.lists(rows(), min_size=draw(st.sampled_from([0, 2, 4])), max_size=6)
        ),
    }
    for place, row in enumerate(job["InferenceRecommendations"]):
        row["RecommendationId"] = (
            f"job/{'gfedcba'[place]}" if draw(st.integers(0, 40)) else draw(_IDS)
        )
    if draw(st.integers(0, 5)) == 0:
        endpoint = {"Metrics": {"ModelLatency": 100, "MaxInvocations": 900}}
        job["EndpointPerformances"] = draw(
            st.sampled_from([[], [endpoint], [endpoint], None, [1], "text"])
        )
    return job


TAGS = st.sampled_from(
    [
        *([[{"Key": "env", "Value": "prod"}]] * 16),
        [{"Key": "env", "Value": "prod"}],
        [{"Key": "env", "Value": "prod"}],
        [{"Key": "env"}],
        [],
        None,
        [{"Key": 5, "Value": "x"}],
        ["text"],
        "text",
    ]
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """A policy of any kind."""
    names = draw(st.lists(st.sampled_from(sorted(NUMERIC_LIMITS)), unique=True, max_size=4))
    missing = st.sampled_from(list(OnMissing))
    limits: list[Any] = []
    for name in names:
        low, high = sorted(draw(st.tuples(*[st.sampled_from(_BETWEEN)] * 2)))
        warn, fail = (low, high) if name.startswith("max") else (high, low)
        said, stops = draw(st.sampled_from([(warn, fail), (None, fail), (warn, None)]))
        limits.append(NumericLimit(NUMERIC_LIMITS[name], said, stops, draw(missing)))
    if draw(st.booleans()) or not limits:
        allow = draw(st.sampled_from([None, frozenset({"c7g", "m7g"})]))
        limits.append(SetLimit("instance_families", allow, frozenset({"p4d"}), draw(missing)))
    kind = draw(st.sampled_from([None, None, *EndpointKind]))
    conditions = draw(
        st.sampled_from(
            [
                (),
                (),
                (Condition("tags.env", ("prod",)),),
                (Condition("model_package_groups", ("ranker",)),),
                (Condition("regions", ("eu-*",)), Condition("accounts", ("111122223333",))),
                (Condition("job_names", ("j*",)), Condition("job_types", ("Default",))),
            ]
        )
    )
    return Policy(
        name=draw(st.sampled_from(["one", "two", "three"])),
        limits=tuple(limits),
        digest="0" * 64,
        scope=Scope(conditions, kind),
        candidates=draw(st.sampled_from([Quantifier(1), Quantifier(None), Quantifier(2)])),
        mode=draw(st.sampled_from([Mode.ENFORCE, Mode.ENFORCE, Mode.OBSERVE])),
        enforce_from=draw(st.sampled_from([None, None, date(2027, 1, 1)])),
    )


@st.composite
def waivers(draw: st.DrawFn) -> Waiver:
    """A waiver of some limit that a policy may have."""
    limit = draw(st.sampled_from([*sorted(NUMERIC_LIMITS), "instance_families"]))
    bound = draw(st.sampled_from([1.0, 150.0, 3000.0]))
    numeric = limit in NUMERIC_LIMITS
    return Waiver(
        id="W-1",
        policy=draw(st.sampled_from(["one", "two", "three"])),
        limit=limit,
        scope=Scope(),
        reason="r",
        requested_by="a",
        approved_by="b",
        starts=date(2026, 11, 1),
        expires=draw(st.sampled_from([date(2026, 12, 1), date(2026, 11, 2)])),
        digest="1" * 64,
        up_to=bound if numeric and limit.startswith("max") else None,
        down_to=bound if numeric and limit.startswith("min") else None,
        allow=frozenset() if numeric else frozenset({"p4d"}),
    )

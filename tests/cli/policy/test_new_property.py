"""Whatever a job holds: the policy that is made from it loads, lets it through, and is covered."""

import json
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from recgate.adapters.policy_files import PolicyFiles
from recgate.cli.policy.new_files import Places
from recgate.cli.policy.new_job import job_start
from recgate.domain.catalogue import Direction
from recgate.domain.evaluation import judge
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import Policy
from recgate.domain.verdict import Verdict
from tests.builders import TODAY
from tests.cli.runner import recgate

_name = st.text(max_size=40) | st.sampled_from(
    ["a\nrequire: {}", '"]} #', "prod*[x]", "\u2028", ""]
)
_figure = st.one_of(
    st.floats(0.0001, 1e6).map(lambda value: float(f"{value:.7g}")),
    st.integers(0, 100_000),
    st.sampled_from([None, "NaN", math.nan, 0, -1, "12", 0.7360000014305115, 1e-300]),
)
_instance = st.sampled_from(["ml.c7g.xlarge", "ml.g5.2xlarge", "ml.p4d.24xlarge", "c7g", None, "é"])
_realtime = st.fixed_dictionaries(
    {"InstanceType": _instance, "InitialInstanceCount": st.sampled_from([1, 2, None, 0])}
)
_serverless = st.fixed_dictionaries(
    {
        "ServerlessConfig": st.fixed_dictionaries(
            {
                "MemorySizeInMB": st.sampled_from([1024, 2048, 6144, None]),
                "MaxConcurrency": st.sampled_from([1, 7, 200, None]),
            }
        )
    }
)
_row = st.fixed_dictionaries(
    {
        "RecommendationId": _name,
        "EndpointConfiguration": _realtime | _serverless,
        "Metrics": st.fixed_dictionaries(
            {
                "CostPerHour": _figure,
                "CostPerInference": _figure.map(
                    lambda value: value / 1e6 if isinstance(value, float | int) else value
                ),
                "MaxInvocations": _figure,
                "ModelLatency": _figure,
                "CpuUtilization": _figure,
                "MemoryUtilization": _figure,
            }
        ),
    }
)
_p99 = st.sampled_from([None, 84.0, 0.5, 12345.678])
_tags = st.none() | st.dictionaries(st.sampled_from(["env", "team", "Stage"]), _name)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=_name,
    rows=st.lists(_row, min_size=1, max_size=4),
    p99=st.lists(_p99, min_size=4, max_size=4),
    tags=_tags,
    headroom=st.sampled_from(["0%", "1%", "12.5%", "20%", "99%", "100%", "400%"]),
    more=st.sampled_from([(), ("max_cpu_utilization_pct=30%",), ("max_instance_count=0%",)]),
)
@example(
    name="fraud-ranker-v14\n# yaml-language-server: $schema=x",
    rows=[
        {
            "RecommendationId": "a/1",
            "EndpointConfiguration": {"InstanceType": "ml.c7g.xlarge", "InitialInstanceCount": 1},
            "Metrics": {"CostPerHour": 0.736, "MaxInvocations": 100, "ModelLatency": 9},
        }
    ],
    p99=[84.0, None, None, None],
    tags={"env": "prod", "team": 'a"b'},
    headroom="20%",
    more=(),
)
def test_a_policy_from_any_job_lets_that_job_through_and_is_covered(
    name: str,
    rows: list[dict[str, Any]],
    p99: list[float | None],
    tags: dict[str, str] | None,
    headroom: str,
    more: tuple[str, ...],
) -> None:
    """Or it is refused, with nothing written; never anything between."""
    with TemporaryDirectory() as scratch:
        folder, file = Path(scratch) / "policies", Path(scratch) / "job.json"
        file.write_text(json.dumps(_job(name, rows, p99, tags)), "utf-8")
        options = [word for share in (headroom, *more) for word in ("--headroom", share)]

        answer = recgate(
            *("policy", "new", "made", "--from-job", file, "--policies", folder),
            *("--output", "json", *options),
        )

        if answer.code:
            # Figures as in the 2021 preview, the same tag twice, or no figure at all.
            assert answer.code == 2
            assert "a fault of recgate itself" not in answer.err, answer.err
            assert not folder.exists()
            return
        tested = recgate(
            *("policy", "test", folder / "tests" / "made.yaml", "--coverage"),
            *("--policies", folder),
        )
        assert tested.code == 0, tested.out
        body = json.loads(answer.out)
        (policy,) = PolicyFiles(folder).load().policies
        assert body["verdict_on_job"] == "PASS"
        _check_headroom(policy, file, body["recommendation"], float(headroom[:-1]) / 100)


def _check_headroom(policy: Policy, file: Path, chosen: str, share: float) -> None:
    """The chosen recommendation passes each limit with at least the headroom."""
    from recgate.rendering.safe_text import clean

    snapshot = job_start(str(file), None).snapshot
    judgement = judge(snapshot, policy, TODAY)
    passing = [
        row
        for place, row in enumerate(judgement.candidates)
        if clean(row.recommendation_id, 256) == chosen
        and judgement.verdict_on(place) is Verdict.PASS
    ]
    assert passing
    for limit in policy.limits:
        assert isinstance(limit, NumericLimit)
        if limit.fail is None or limit.name in ("max_cpu_utilization_pct", "max_instance_count"):
            continue
        rooms = []
        for row in passing:
            had = row.values[limit.spec.metric]
            if had:
                room = (limit.fail - had) / had
                rooms.append(room if limit.spec.direction is Direction.AT_MOST else -room)
        assert max(rooms) >= share - 1e-6


def _job(
    name: str,
    rows: list[dict[str, Any]],
    p99: list[float | None],
    tags: dict[str, str] | None,
) -> dict[str, Any]:
    measured = [
        {"Row": at + 1, "P99Milliseconds": value, "SampleCount": 1000}
        for at, value in enumerate(p99[: len(rows)])
        if value is not None
    ]
    return {
        "JobName": name,
        "JobType": "Default",
        "Status": "COMPLETED",
        "InputConfig": {
            "ModelPackageVersionArn": "arn:aws:sagemaker:eu-west-1:111122223333:model-package/m/1"
        },
        "InferenceRecommendations": rows,
        **({} if tags is None else {"Tags": tags}),
        **({"MeasuredLatency": measured} if measured else {}),
    }


def test_the_places_of_a_policy_are_its_name_alone() -> None:
    """What the property writes is where the command says."""
    places = Places(Path("policies"), "made")

    assert [places.policy.as_posix(), places.tests.as_posix()] == [
        "policies/made.yaml",
        "policies/tests/made.yaml",
    ]

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recgate.dialect.document import canonical_value, utc_text
from recgate.dialect.latency_query import (
    MAX_PERIOD_S,
    LatencyQuery,
    latency_query,
    measured_latency,
    read_series,
    window_of,
)
from tests.builders import NOW
from tests.servers.sample_jobs import CREATED, ENDED, job, row, serverless_row

NAME = "fraud-ranker-v14"


def asked(*, now: datetime = NOW, **members: Any) -> LatencyQuery:
    response = canonical_value(job(**members))
    assert isinstance(response, dict)
    rows = response.get("InferenceRecommendations", [])
    assert isinstance(rows, list)
    return latency_query(NAME, response, [each for each in rows if isinstance(each, dict)], now=now)


def answered(query: LatencyQuery, **values: list[float]) -> dict[str, Any]:
    """The measured part for results by id; of the first row."""
    results = [{"Id": name, "Values": found} for name, found in values.items()]
    measured: Any = measured_latency(query, read_series(results), minimum_samples=100)
    found: dict[str, Any] = measured["rows"][0]
    return found


def test_every_row_is_asked_for_percentile_and_count_by_the_pair_and_the_endpoint_alone() -> None:
    """One request holds them all; whether the pair is published is not documented."""
    query = asked(InferenceRecommendations=[row(), row("b", endpoint="sm-epc-2")])

    assert [each["Id"] for each in query.queries] == [
        f"{what}_{place}_{kind}"
        for place in (0, 1)
        for kind in ("pair", "alone")
        for what in ("p99", "samples")
    ]
    assert query.queries[0]["MetricStat"] == {
        "Metric": {
            "Namespace": "/aws/sagemaker/InferenceRecommendationsJobs",
            "MetricName": "ClientLatency",
            "Dimensions": [
                {"Name": "JobName", "Value": NAME},
                {"Name": "EndpointName", "Value": "sm-epc-1"},
            ],
        },
        "Period": 6780,
        "Stat": "p99",
    }


def test_the_window_is_that_of_the_jobs_own_times_in_whole_minutes() -> None:
    """04:40:00.125 to 06:32:00.500, widened to 04:40 and 06:33."""
    window = asked().window

    assert window is not None
    assert utc_text(window.start) == "2026-11-21T04:40:00.000Z"
    assert utc_text(window.end) == "2026-11-21T06:33:00.000Z"
    assert window.period_s == 113 * 60


def test_the_window_is_the_union_of_the_rows_invocation_times() -> None:
    """What ran before the invocations is not what was measured."""
    rows = [
        row("a", endpoint="e1", invoked=(CREATED + 600, CREATED + 1200)),
        row("b", endpoint="e2", invoked=(CREATED + 900, CREATED + 1800)),
    ]

    window = asked(InferenceRecommendations=rows).window

    assert window is not None
    assert utc_text(window.start) == "2026-11-21T04:50:00.000Z"
    assert utc_text(window.end) == "2026-11-21T05:11:00.000Z"


def test_a_row_without_invocation_times_widens_the_window_to_the_job() -> None:
    """Its invocations may have been at any time of the job."""
    rows = [row("a", endpoint="e1", invoked=(CREATED + 600, CREATED + 1200)), row("b")]

    assert asked(InferenceRecommendations=rows).window == asked().window


@pytest.mark.parametrize(("days", "multiple"), [(1, 60), (16, 300), (64, 3600)])
def test_old_data_is_asked_for_in_the_periods_that_are_kept(days: int, multiple: int) -> None:
    """CloudWatch keeps minutes for 15 days and five minutes for 63."""
    window = asked(now=NOW + timedelta(days=days)).window

    assert window is not None
    assert window.period_s % multiple == 0
    assert window.period_s == (window.end - window.start).total_seconds()
    assert window.start.timestamp() % multiple == 0


@given(
    st.floats(min_value=1.6e9, max_value=1.8e9),
    st.floats(min_value=0, max_value=10 * 86_400),
    st.integers(min_value=0, max_value=400),
)
def test_a_window_always_holds_the_times_and_is_one_that_cloudwatch_takes(
    start: float, length: float, days: int
) -> None:
    """At most a day for a period, a multiple of what is kept, never empty."""
    response = canonical_value({"CreationTime": start, "CompletionTime": start + length})
    assert isinstance(response, dict)
    now = datetime.fromtimestamp(start + length, NOW.tzinfo) + timedelta(days=days)

    window = window_of(response, [row()], now=now)

    assert window is not None
    assert window.start.timestamp() <= start + 0.001
    assert window.end.timestamp() >= start + length - 0.001
    assert 60 <= window.period_s <= MAX_PERIOD_S
    assert window.period_s % 60 == 0
    if days > 63:
        assert window.period_s % 3600 == 0
    elif days > 15:
        assert window.period_s % 300 == 0


@pytest.mark.parametrize(
    "members",
    [
        {"CreationTime": None},
        {"CreationTime": "soon"},
        {"CompletionTime": None, "LastModifiedTime": None},
        {"CreationTime": ENDED, "CompletionTime": CREATED},
    ],
)
def test_a_job_that_does_not_say_when_it_ran_is_not_asked_for(members: dict[str, Any]) -> None:
    """No window, no question, and a note that says so."""
    query = asked(**members)

    assert (query.window, query.queries) == (None, ())
    assert answered(query)["note"] == "P99 was not measured: the job does not say when it ran"


def test_rows_that_share_an_endpoint_are_not_told_apart() -> None:
    """The latency of one must not be taken for that of the other."""
    rows = [row("a", endpoint="shared"), row("b", endpoint="shared"), row("c", endpoint="own")]

    query = asked(InferenceRecommendations=rows)

    assert query.endpoints == {"c": "own"}
    found = answered(query, p99_0_pair=[84.2], samples_0_pair=[500.0])
    assert found["p99_ms"] is None
    assert "several recommendations share endpoint shared" in found["note"]


def test_a_row_without_an_endpoint_is_not_asked_for() -> None:
    """A serverless row may have none."""
    recommended = serverless_row()
    del recommended["EndpointConfiguration"]["EndpointName"]

    query = asked(InferenceRecommendations=[recommended])

    assert query.queries == ()
    assert "names no endpoint" in answered(query)["note"]


def test_the_pair_is_preferred_when_it_has_data() -> None:
    """The endpoint alone may have been called by others."""
    query = asked()

    found = answered(
        query,
        p99_0_pair=[84.2],
        samples_0_pair=[500.0],
        p99_0_alone=[99.0],
        samples_0_alone=[900.0],
    )

    assert (found["p99_ms"], found["samples"]) == (84.2, 500)
    assert found["dimensions"] == {"JobName": NAME, "EndpointName": "sm-epc-1"}


def test_the_endpoint_alone_is_taken_when_the_pair_has_none() -> None:
    """Whatever CloudWatch has, with the dimensions it was found under."""
    found = answered(asked(), p99_0_pair=[], p99_0_alone=[99.0], samples_0_alone=[900.0])

    assert (found["p99_ms"], found["samples"]) == (99.0, 900)
    assert found["dimensions"] == {"EndpointName": "sm-epc-1"}


def test_of_several_data_points_the_largest_counts_and_the_samples_add_up() -> None:
    """The P99 of a union is never above the largest P99 of its parts."""
    found = answered(asked(), p99_0_pair=[80.0, 120.5, 90.0], samples_0_pair=[10.0, 20.0, 30.0])

    assert (found["p99_ms"], found["samples"], found["datapoints"]) == (120.5, 60, 3)


@given(st.lists(st.lists(st.integers(0, 1000), min_size=1), min_size=1, max_size=5))
def test_the_largest_p99_of_the_parts_bounds_that_of_the_whole(parts: list[list[int]]) -> None:
    """The reason why taking the largest never opens a gate."""

    def p99(values: list[int]) -> int:
        return sorted(values)[-(len(values) * 99 // -100) - 1]

    assert p99([value for part in parts for value in part]) <= max(p99(part) for part in parts)


def test_samples_without_a_percentile_are_no_p99() -> None:
    """CloudWatch gives no percentile of what was published as a statistic set."""
    found = answered(asked(), samples_0_pair=[500.0])

    assert (found["p99_ms"], found["samples"]) == (None, 500)
    assert found["note"] == "CloudWatch has 500 samples of ClientLatency and no percentile of them"


def test_no_data_is_no_p99() -> None:
    """An empty answer is not a latency of zero."""
    found = answered(asked(), p99_0_pair=[], samples_0_pair=[])

    assert (found["p99_ms"], found["samples"]) == (None, None)
    assert found["note"] == "CloudWatch has no ClientLatency of endpoint sm-epc-1"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
def test_a_value_that_is_no_latency_is_dropped(value: float) -> None:
    """max() of a NaN would depend on the order."""
    found = answered(asked(), p99_0_pair=[value, 84.2], samples_0_pair=[500.0])

    assert found["p99_ms"] == 84.2


def test_pages_are_put_together_and_the_last_status_counts() -> None:
    """A series that was begun on one page is finished on the next."""
    series = read_series(
        [
            {"Id": "a", "Values": [1.0], "StatusCode": "PartialData"},
            {"Id": "a", "Values": [2.0], "StatusCode": "Complete"},
        ]
    )

    assert series.values == {"a": [1.0, 2.0]}
    assert series.statuses == {"a": "Complete"}

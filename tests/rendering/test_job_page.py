"""What the page about a job says, before anybody knows how wide the screen is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from recgate.domain.job import ExistingEndpoint, JobStatus, Snapshot
from recgate.domain.reading import NOT_REPORTED, Reading, Source
from recgate.rendering.job_page.asked_for import asked_for
from recgate.rendering.job_page.chart import bars_of
from recgate.rendering.job_page.facts import facts
from recgate.rendering.job_page.page import job_page
from recgate.rendering.job_page.recommendations import (
    TOTALS,
    details,
    names_of,
    recommendations,
)
from tests.builders import NOW, candidate, snapshot

NAN = Reading(None, "NaN", missing="NaN")
TOO_FEW = Reading(None, 44.0, Source.CLOUDWATCH, "too few samples: 37 of at least 100", 37)


def cells(made: Snapshot, heading: str) -> list[str]:
    """The cells of a column."""
    table = recommendations(made)
    assert table is not None
    place = [each.name for each in table.headings].index(heading)
    return [row[place] for row in table.rows]


def told(made: Snapshot, *, now: datetime = NOW) -> dict[str, str]:
    return {fact.label: fact.value for fact in facts(made, now)}


def config(**members: object) -> dict[str, str]:
    """What is said of a job with this InputConfig."""
    document = {"job": {"InputConfig": members}}
    return {fact.label: fact.value for fact in asked_for(snapshot(document=document))}


def test_a_missing_figure_says_why_and_is_never_zero() -> None:
    """NaN, not reported and too few samples are three things."""
    made = snapshot(
        candidate("ml.a.large", cost_per_hour_usd=0.5, latency_p99_ms=9.0),
        candidate("ml.b.large", cost_per_hour_usd=NAN, latency_p99_ms=TOO_FEW),
        candidate("ml.c.large"),
    )

    assert cells(made, "Cost/hour") == ["$0.50", "n/a (NaN)", "n/a (not reported)"]
    assert cells(made, "P99") == [
        "9",
        "n/a (too few samples: 37 of at least 100)",
        "n/a (not reported)",
    ]
    assert cells(made, "P99 samples") == ["5,000", "37", "n/a (not known)"]
    table = recommendations(made)
    assert table is not None
    assert not {"0", "$0", "$0.00"} & {cell for row in table.rows for cell in row}


def test_a_figure_that_nobody_has_is_left_out_and_told() -> None:
    """A column of n/a helps nobody, and what is missing is said all the same."""
    made = snapshot(candidate("ml.a.large", cost_per_hour_usd=0.5, cpu_utilization_pct=NAN))

    table = recommendations(made)

    assert table is not None
    assert [heading.name for heading in table.headings] == ["Configuration", "Cost/hour"]
    assert table.notes == (
        "n/a for every configuration: Cost/1M inf., Model latency, P99, Max inv./min, Memory "
        "(not reported), CPU (NaN).",
    )


def test_different_prices_never_print_alike() -> None:
    """$0.174 and $0.1741 are two prices."""
    made = snapshot(
        candidate("ml.a.large", cost_per_hour_usd=0.174),
        candidate("ml.b.large", cost_per_hour_usd=0.1741),
    )

    assert cells(made, "Cost/hour") == ["$0.1740", "$0.1741"]


def test_configurations_that_differ_in_their_environment_only_get_numbers() -> None:
    """The table, the details and the bars call them alike."""
    rows = [candidate("ml.a.large"), candidate("ml.b.large"), candidate("ml.a.large")]

    assert names_of(rows) == ("ml.a.large × 1 #1", "ml.b.large × 1", "ml.a.large × 1 #2")


def test_totals_of_a_fleet_are_explained_where_there_is_one() -> None:
    """The API's own text says that they are for the instance."""
    single = recommendations(snapshot(candidate("ml.a.large", cost_per_hour_usd=1)))
    fleet = recommendations(
        snapshot(candidate("ml.a.large", instance_count=3, cost_per_hour_usd=1))
    )

    assert single is not None
    assert fleet is not None
    assert TOTALS not in single.notes
    assert TOTALS in fleet.notes


def test_an_existing_endpoint_is_a_row_of_its_own() -> None:
    """What SageMaker does not measure of it is n/a, also where no recommendation has any."""
    endpoint = ExistingEndpoint("ranker-live", Reading(1312.0), NAN)
    made = snapshot(existing_endpoints=(endpoint,))

    table = recommendations(made)

    assert table is not None
    assert table.rows == (("ranker-live (existing)", "1,312"),)
    assert bars_of(made) is None


def test_bars_show_the_measured_p99_where_there_is_one() -> None:
    """And say which latency they show."""
    rows = [
        candidate("ml.a.large", cost_per_hour_usd=1, latency_p99_ms=9.0, model_latency_ms=5),
        candidate("ml.b.large", cost_per_hour_usd=2, model_latency_ms=4),
    ]
    measured = bars_of(snapshot(*rows))
    unmeasured = bars_of(snapshot(rows[1], candidate("ml.c.large", model_latency_ms=7)))

    assert measured is not None
    assert measured.heading == "Cost per hour against the measured P99"
    assert [row.latency.words for row in measured.rows] == ["9 ms", "n/a"]
    assert unmeasured is not None
    assert unmeasured.heading == "Cost per hour against ModelLatency (no P99 was measured)"


def test_bars_beside_an_existing_endpoint_show_what_both_have() -> None:
    """A P99 beside a model latency would compare two things."""
    endpoint = ExistingEndpoint("ranker-live", Reading(1312.0), NOT_REPORTED)
    row = candidate("ml.a.large", cost_per_hour_usd=1, latency_p99_ms=402, model_latency_ms=171)

    bars = bars_of(snapshot(row, existing_endpoints=(endpoint,)))

    assert bars is not None
    assert "ModelLatency" in bars.heading
    assert [row.latency.words for row in bars.rows] == ["171 ms", "1,312 ms"]


def test_one_configuration_has_nothing_to_be_compared_with() -> None:
    """No bars then."""
    row = candidate("ml.a.large", cost_per_hour_usd=1, latency_p99_ms=9, model_latency_ms=5)

    assert bars_of(snapshot(row)) is None


def test_a_running_job_tells_how_long_and_how_far() -> None:
    """With what is usual, and no recommendations yet."""
    made = snapshot(
        status=JobStatus.IN_PROGRESS, ended_at=None, created_at=NOW - timedelta(minutes=70)
    )

    said = told(made)

    assert said["Duration"] == "1 h 10 min so far, over the usual by 25 min"
    assert said["Usual"] == "45 min (at most, as AWS documents Default jobs)"
    assert "Ended" not in said
    assert job_page(made, {}, NOW).nothing.startswith("No recommendations yet")


def test_the_end_of_a_job_without_completion_time_is_told_as_what_it_is() -> None:
    """SageMaker seldom gives one."""
    named = snapshot(document={"job": {"CompletionTime": "2026-11-21T06:32:00.000Z"}})

    assert told(snapshot())["Ended"] == "21 Nov 2026, 06:32 UTC (its last change)"
    assert told(named)["Ended"] == "21 Nov 2026, 06:32 UTC"
    assert told(snapshot())["Duration"] == "1 h 52 min"


def test_what_is_not_known_of_a_job_is_not_made_up() -> None:
    """Neither a model that is the job's name, nor tags that nobody recorded."""
    made = replace(
        snapshot(model_package_arn=None, model_package_group=None, created_at=None, job_type=None),
        tags=None,
    )

    said = told(made)

    assert said["Model"] == "n/a (not reported)"
    assert said["Type"] == said["Created"] == said["Duration"] == "n/a (not reported)"
    assert said["Tags"] == said["Load tests"] == "n/a (not known)"
    assert told(snapshot(tags={}))["Tags"] == "none"


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (
            {"Phases": [{"InitialNumberOfUsers": 1, "SpawnRate": 2, "DurationInSeconds": 120}]},
            "1 user at first, 2 more each minute, for 2 min",
        ),
        (
            {
                "Phases": [
                    {"InitialNumberOfUsers": 3, "SpawnRate": 1, "DurationInSeconds": 90},
                    {"InitialNumberOfUsers": 1, "SpawnRate": 1, "DurationInSeconds": 3600},
                ]
            },
            "phase 1: 3 users at first, 1 more each minute, for 1 min; "
            "phase 2: 1 user at first, 1 more each minute, for 1 h",
        ),
        (
            {"Stairs": {"NumberOfSteps": 3, "UsersPerStep": 2, "DurationInSeconds": 120}},
            "3 steps of 2 min, 2 more users in each",
        ),
        ({"TrafficType": "WAVES"}, "WAVES"),
        ({"Phases": [{"DurationInSeconds": 1e300}]}, "? users at first, ? more each minute, for "),
    ],
)
def test_traffic_is_told_in_words(pattern: dict[str, object], words: str) -> None:
    """What tomorrow's SageMaker says, too."""
    assert config(TrafficPattern=pattern)["Traffic"].startswith(words)


def test_a_stopping_condition_is_a_target_and_told_as_one() -> None:
    """It is no measurement: the word "stops" stands before it."""
    conditions = {
        "MaxInvocations": 3000,
        "ModelLatencyThresholds": [{"Percentile": "P95", "ValueInMilliseconds": 100}],
        "FlatInvocations": "Stop",
    }
    made = snapshot(document={"job": {"StoppingConditions": conditions}})

    said = {fact.label: fact.value for fact in asked_for(made)}

    assert said == {
        "Stops at": "3,000 invocations/min, P95 of model latency 100 ms, when invocations no "
        "longer grow"
    }


def test_instances_that_were_asked_for_are_named_with_their_parameters() -> None:
    """Serverless ones as everywhere else."""
    ranges = {"CategoricalParameterRanges": [{"Name": "OMP_NUM_THREADS", "Value": ["2", "4"]}]}
    asked = [
        {"InstanceType": "ml.m5.xlarge", "EnvironmentParameterRanges": ranges},
        {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}},
    ]

    said = config(EndpointConfigurations=asked)["Instances"]

    assert said == "ml.m5.xlarge with OMP_NUM_THREADS 2|4, serverless 2048 MB × 5"


def test_a_job_that_asked_for_nothing_has_no_such_section() -> None:
    """An empty heading is noise."""
    assert asked_for(snapshot()) == ()


def test_the_links_of_a_failed_job_lead_to_its_logs() -> None:
    """Where the reason of the reason stands."""
    failed = snapshot(status=JobStatus.FAILED, failure_reason="ModelError")

    assert [fact.label for fact in job_page(failed, {}, NOW).links] == ["Console", "Logs"]
    assert [fact.label for fact in job_page(snapshot(), {}, NOW).links] == ["Console"]


def test_time_zones_do_not_matter() -> None:
    """Times are told in UTC."""
    made = snapshot(created_at=datetime(2026, 11, 21, 4, 40, tzinfo=UTC))

    assert told(made)["Created"] == "21 Nov 2026, 04:40 UTC"


def test_an_id_that_was_not_reported_is_not_made_up() -> None:
    """An endpoint's name, or a place, stands for it elsewhere."""
    given = candidate("ml.a.large", recommendation_id="job/a1b2c3d4")
    named = candidate("ml.b.large", recommendation_id="sm-epc-ml.b.large")
    counted = candidate("ml.c.large", recommendation_id="row 3")

    some = details(snapshot(given, named, counted), {})

    assert some is not None
    assert [row[1] for row in some.rows] == ["job/a1b2c3d4", *["n/a (not reported)"] * 2]
    assert details(snapshot(named, counted), {}) is None

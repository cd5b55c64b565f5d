"""Every alarm watches what is really measured, reaches people, and tells them where to read on."""

import re
from typing import Any

import pytest

from tests.deploy.emitted import Metric, emitted
from tests.deploy.template import FUNCTIONS, ROOT, properties, resources, variables

ALARMS = sorted(resources("AWS::CloudWatch::Alarm"))
OPERATIONS = ROOT / "docs/operations.md"
POINTER = re.compile(r"See docs/operations\.md#([a-z-]+)$")

# What an alarm makes of no data. breaching: no figure is itself the trouble. ignore: without a
# figure nobody knows, so the alarm stays as it is. notBreaching: it is printed when it happens.
WITHOUT_DATA = {
    "DeadLettersAlarm": "notBreaching",
    "ErrorVerdictsAlarm": "notBreaching",
    "DestinationRefusesAlarm": "notBreaching",
    "CredentialsRefusedAlarm": "notBreaching",
    "MessageRefusedAlarm": "notBreaching",
    "PageNotKeptAlarm": "notBreaching",
    "VerdictMissingAlarm": "ignore",
    "WatermarkAgeAlarm": "breaching",
    "WatchFailsAlarm": "notBreaching",
    "CheckFailsAlarm": "notBreaching",
    "UnsealedAgeAlarm": "breaching",
    "EvidenceBrokenAlarm": "ignore",
    "SealsRefusedAlarm": "ignore",
    "SealFailsAlarm": "notBreaching",
}
# Those that tell of what happened, and not of a condition that can be over.
OF_EVENTS = {
    "ErrorVerdictsAlarm",
    "DestinationRefusesAlarm",
    "CredentialsRefusedAlarm",
    "MessageRefusedAlarm",
    "PageNotKeptAlarm",
    "CheckFailsAlarm",
}


def description(alarm: str) -> str:
    """What the alarm's mail says."""
    told = properties(alarm)["AlarmDescription"]
    return str(told["Fn::Sub"] if isinstance(told, dict) else told)


def anchor(alarm: str) -> str:
    """The section of docs/operations.md that an alarm names."""
    found = POINTER.search(description(alarm))
    return found[1] if found else ""


def dimensions(alarm: str) -> dict[str, Any]:
    return {each["Name"]: each["Value"] for each in properties(alarm)["Dimensions"]}


def sections() -> dict[str, str]:
    """The sections about alarms of docs/operations.md by their anchors."""
    page = OPERATIONS.read_text("utf-8").split("\n## ")
    (alarms,) = (part for part in page if part.startswith("Alarms\n"))
    found = {}
    for section in alarms.split("\n### ")[1:]:
        heading, _, text = section.partition("\n")
        found[re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")] = text
    return found


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_says_in_a_few_sentences_what_it_means_and_where_to_read_on(alarm: str) -> None:
    """Whoever is woken by the mail has nothing else."""
    sentence = POINTER.sub("", description(alarm)).strip()

    assert anchor(alarm)
    assert re.fullmatch(r"([^.]+\. ?){1,3}", sentence)


def test_every_alarm_has_its_section_and_every_section_its_alarm() -> None:
    """A link that leads nowhere, and a page about an alarm that is gone, are both lies."""
    assert sorted(sections()) == sorted(anchor(alarm) for alarm in ALARMS)
    assert len({anchor(alarm) for alarm in ALARMS}) == len(ALARMS)


@pytest.mark.parametrize("alarm", ALARMS)
def test_a_section_says_what_it_means_what_to_look_at_and_what_to_do(alarm: str) -> None:
    """In this order, with commands that can be copied."""
    section = sections()[anchor(alarm)]

    parts = re.findall(r"^\*\*(.+?)\.\*\*", section, re.MULTILINE)

    assert parts == ["What it means", "What to look at", "What to do"]
    assert alarm in section
    assert "```sh" in section


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_reaches_people(alarm: str) -> None:
    """And says that it is over, where being over is something that can be known."""
    topic = [{"Ref": "NoticeTopic"}]

    assert properties(alarm)["AlarmActions"] == topic
    assert properties(alarm).get("OKActions") == (None if alarm in OF_EVENTS else topic)


def test_what_no_data_means_was_thought_of_for_every_alarm() -> None:
    """CloudWatch's own answer, "insufficient data", rings nothing."""
    assert {alarm: properties(alarm)["TreatMissingData"] for alarm in ALARMS} == WITHOUT_DATA


@pytest.mark.parametrize(
    "alarm", [alarm for alarm in ALARMS if properties(alarm)["Namespace"] == "recgate"]
)
def test_an_alarm_on_a_metric_of_ours_watches_what_the_functions_print(alarm: str) -> None:
    """A name or a dimension that nobody prints is an alarm that never rings, or always."""
    settings = properties(alarm)
    watched = Metric(
        settings["Namespace"], settings["MetricName"], frozenset(dimensions(alarm).items())
    )

    assert watched in emitted()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_metrics_are_printed_under_the_names_that_the_alarms_know(function: str) -> None:
    """Powertools takes the namespace and the service from the function's environment."""
    named = variables(function)

    assert {metric.namespace for metric in emitted()} == {named["POWERTOOLS_METRICS_NAMESPACE"]}
    assert {dict(metric.dimensions)["service"] for metric in emitted()} == {
        named["POWERTOOLS_SERVICE_NAME"]
    }


@pytest.mark.parametrize(
    ("alarm", "function"),
    [
        ("WatchFailsAlarm", "WatchFunction"),
        ("CheckFailsAlarm", "CheckFunction"),
        ("SealFailsAlarm", "SealFunction"),
    ],
)
def test_a_function_that_fails_rings(alarm: str, function: str) -> None:
    """Its errors as Lambda counts them: what cannot start prints nothing."""
    settings = properties(alarm)

    assert (settings["Namespace"], settings["MetricName"]) == ("AWS/Lambda", "Errors")
    assert dimensions(alarm) == {"FunctionName": {"Ref": function}}
    assert settings["Statistic"] == "Sum"


def test_a_watcher_that_does_not_run_or_is_behind_rings() -> None:
    """Ten minutes behind, or five minutes without a word; one skipped minute is no news."""
    settings = properties("WatermarkAgeAlarm")
    watched = Metric("recgate", "WatermarkAge", frozenset({("service", "recgate")}))

    assert (settings["Threshold"], emitted()[watched]) == (600, "Seconds")
    assert settings["Statistic"] == "Maximum"
    assert settings["Period"] * settings["EvaluationPeriods"] == 300
    assert settings["DatapointsToAlarm"] == settings["EvaluationPeriods"]


def test_one_job_without_a_verdict_is_enough() -> None:
    """The promise of the whole: a verdict or an alarm."""
    settings = properties("VerdictMissingAlarm")

    assert (settings["Statistic"], settings["Threshold"]) == ("Maximum", 1)
    assert settings["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert "${VerdictMinutes} minutes" in description("VerdictMissingAlarm")


def test_a_record_that_waits_for_its_seal_rings() -> None:
    """After fifteen minutes, or five without a word from the sealer."""
    settings = properties("UnsealedAgeAlarm")
    watched = Metric("recgate", "UnsealedAge", frozenset({("service", "recgate")}))

    assert (settings["Threshold"], emitted()[watched]) == (900, "Seconds")
    assert settings["Statistic"] == "Maximum"
    assert settings["Period"] * settings["EvaluationPeriods"] == 300
    assert settings["DatapointsToAlarm"] == settings["EvaluationPeriods"]


@pytest.mark.parametrize("alarm", ["EvidenceBrokenAlarm", "SealsRefusedAlarm"])
def test_the_first_sign_of_broken_evidence_rings(alarm: str) -> None:
    """In the minute in which it is found; nothing is averaged away."""
    settings = properties(alarm)

    assert (settings["Statistic"], settings["Threshold"]) == ("Maximum", 1)
    assert (settings["Period"], settings["EvaluationPeriods"]) == (60, 1)

"""The dashboard is one that CloudWatch can draw, and shows what is really measured."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from recgate.domain.verdict import Verdict
from recgate.rendering.words import spoken
from tests.deploy.emitted import Metric, emitted, logged
from tests.deploy.template import FUNCTIONS, load_template, properties, resources

# docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
COLUMNS = 24
SOURCE: str = properties("Dashboard")["DashboardBody"]["Fn::Sub"]


def substituted() -> str:
    """The body with what Fn::Sub would put in: here, the names themselves."""
    return re.sub(r"\$\{([^}]+)\}", lambda found: found[1], SOURCE)


def widgets(kind: str = "") -> list[dict[str, Any]]:
    """The widgets of one kind, or all."""
    found: list[dict[str, Any]] = json.loads(substituted())["widgets"]
    return [each for each in found if kind in ("", each["type"])]


def titled(title: str) -> dict[str, Any]:
    """What is inside the widget of that title."""
    (found,) = (
        each["properties"] for each in widgets() if each["properties"].get("title") == title
    )
    return dict(found)


def drawn(widget: dict[str, Any]) -> Iterator[tuple[Metric, dict[str, Any]]]:
    """The metrics of a widget, each with how it is drawn; without the expressions over them."""
    for metric in widget["properties"]["metrics"]:
        if isinstance(metric[0], dict):
            continue
        *words, look = metric
        namespace, name, *pairs = words
        yield Metric(namespace, name, frozenset(zip(pairs[::2], pairs[1::2], strict=True))), look


def test_everything_that_is_substituted_exists() -> None:
    """Fn::Sub of a name that does not exist fails the deployment."""
    template = load_template()
    known = {*template["Resources"], *template["Parameters"], "AWS::Region", "AWS::StackName"}

    named = {name.partition(".")[0] for name in re.findall(r"\$\{([^}]+)\}", SOURCE)}

    assert named <= known


def test_no_two_widgets_overlap_and_none_leaves_the_grid() -> None:
    """CloudWatch would push them about."""
    for widget in widgets():
        assert widget["x"] >= 0
        assert widget["x"] + widget["width"] <= COLUMNS
    for one, other in combinations(widgets(), 2):
        beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
        below = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
        assert beside or below, (one["properties"], other["properties"])


def test_the_rows_leave_no_holes() -> None:
    """Every row is as wide as the grid, and begins where the one above it ends."""
    rows: dict[int, list[dict[str, Any]]] = {}
    for widget in widgets():
        rows.setdefault(widget["y"], []).append(widget)

    bottom = 0
    for top in sorted(rows):
        assert top == bottom
        assert sum(widget["width"] for widget in rows[top]) == COLUMNS
        assert len({widget["height"] for widget in rows[top]}) == 1
        bottom = top + rows[top][0]["height"]


def test_the_first_row_shows_the_state_of_every_alarm() -> None:
    """Whether anything is wrong is the first question."""
    (alarms,) = widgets("alarm")

    assert (alarms["x"], alarms["y"]) == (0, 0)
    assert sorted(alarms["properties"]["alarms"]) == sorted(
        f"{name}.Arn" for name in resources("AWS::CloudWatch::Alarm")
    )


def test_every_metric_of_ours_is_one_that_the_functions_print() -> None:
    """A curve of a name that nobody prints is empty, and looks like peace. And nothing that is
    printed for people to look at is left out.
    """
    shown = {metric for widget in widgets("metric") for metric, _ in drawn(widget)}
    ours = {metric for metric in shown if metric.namespace == "recgate"}

    assert ours == set(emitted())


def test_every_other_metric_is_of_a_resource_of_the_stack() -> None:
    """Queues by their names, functions by theirs."""
    template = load_template()["Resources"]
    kinds = {
        ("AWS/SQS", "QueueName"): "AWS::SQS::Queue",
        ("AWS/Lambda", "FunctionName"): "AWS::Serverless::Function",
    }

    for widget in widgets("metric"):
        for metric, _ in drawn(widget):
            if metric.namespace != "recgate":
                ((dimension, value),) = metric.dimensions
                resource = template[value.partition(".")[0]]
                assert kinds[metric.namespace, dimension] == resource["Type"]


def test_verdicts_have_the_words_of_the_messages_and_the_colours_of_the_gate() -> None:
    """Green and amber open it; red and purple keep it closed. No two look the same."""
    metrics = titled("Verdicts per day")["metrics"]
    curves = {metric[0]["label"]: metric[0]["color"] for metric in metrics if len(metric) == 1}

    assert list(curves) == [spoken(verdict) for verdict in Verdict]
    assert len(set(curves.values())) == len(Verdict)
    for verdict in Verdict:
        red, green, blue = bytes.fromhex(curves[spoken(verdict)].removeprefix("#"))
        is_green_or_amber = green > blue and green > red * 0.6
        assert is_green_or_amber == verdict.opens_gate, verdict


@pytest.mark.parametrize("title", ["Verdicts per day", "Messages to people per hour"])
def test_a_day_without_any_is_drawn_as_none(title: str) -> None:
    """What is printed only when it happens has gaps, and a line across a gap is a made-up number:
    every curve is the metric filled with zeros, and the metric itself is hidden.
    """
    metrics = titled(title)["metrics"]
    filled = {metric[0]["expression"] for metric in metrics if len(metric) == 1}
    hidden = {f"FILL({metric[-1]['id']}, 0)" for metric in metrics if len(metric) > 1}

    assert filled == hidden
    assert all(metric[-1]["visible"] is False for metric in metrics if len(metric) > 1)


def test_a_line_is_where_its_alarm_rings() -> None:
    """The eye and the alarm agree."""
    for title, alarm in (
        ("Watcher: how far behind", "WatermarkAgeAlarm"),
        ("Evidence: age of the oldest unsealed record", "UnsealedAgeAlarm"),
        ("Evidence: broken, or refused", "EvidenceBrokenAlarm"),
    ):
        (line,) = titled(title)["annotations"]["horizontal"]
        assert line["value"] == properties(alarm)["Threshold"]


def test_every_graph_says_where_it_looks_and_what_its_numbers_are() -> None:
    """A widget without a region shows the reader's own; an axis without a label shows nothing."""
    for widget in widgets("metric"):
        shown = widget["properties"]
        assert shown["region"] == "AWS::Region"
        assert shown["yAxis"]["left"]["label"]
        assert shown["yAxis"]["left"]["min"] == 0
        assert shown["period"] % 60 == 0
        assert all("stat" in look or "stat" in shown for _, look in drawn(widget))


def test_the_last_decisions_are_found_in_the_log_that_has_them() -> None:
    """By the message and the fields that the function writes."""
    query = titled("The last decisions")["query"]
    fields = re.findall(r"\w+", re.search(r"fields @timestamp, ([^|]+)", query)[1])  # type: ignore[index]
    (message,) = re.findall(r"message = '([^']+)'", query)

    decided = [line for line in logged() if line["message"] == message]

    assert len(decided) == len(Verdict)
    assert all(set(fields) <= set(line) for line in decided)
    assert query.startswith("SOURCE 'CheckLogGroup' | ")


def test_the_last_errors_are_those_of_every_function() -> None:
    """Their own lines, and Lambda's about a function that ran out of time or died."""
    query = titled("The last errors of the functions")["query"]
    groups = set(re.findall(r"SOURCE '(\w+)'", query))

    assert groups == {properties(name)["LoggingConfig"]["LogGroup"]["Ref"] for name in FUNCTIONS}
    assert "level = 'ERROR'" in query
    assert r"Task timed out|Runtime exited|\[ERROR\]" in query


def test_the_text_says_where_to_read_on() -> None:
    """The dashboard shows; the page explains."""
    (text,) = widgets("text")

    assert "docs/operations.md" in text["properties"]["markdown"]


def test_the_dashboards_name_has_the_region_in_it() -> None:
    """Dashboards are global in an account: a stack in a second region would take the first's."""
    assert properties("Dashboard")["DashboardName"] == {
        "Fn::Sub": "${AWS::StackName}-${AWS::Region}"
    }

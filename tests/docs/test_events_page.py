"""What docs/events.md shows is what recgate puts and what EventBridge matches."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from moto.events.models import EventPattern

from recgate.domain.job import JobStatus
from tests.cli.runner import ROOT

PAGE = (ROOT / "docs" / "events.md").read_text("utf-8")
SCHEMA = json.loads((ROOT / "src/recgate/status-change.v1.schema.json").read_text("utf-8"))
EXAMPLE, PATTERN = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.S))
EVENTS = {
    path.stem: json.loads(path.read_text("utf-8")) for path in (ROOT / "events").glob("*.json")
}


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    return bool(EventPattern(None, pattern).matches_event(event))  # type: ignore[arg-type]


def test_the_example_is_the_sample_event() -> None:
    """The page cannot show what the tests do not feed."""
    sample = EVENTS["status-change-completed"]

    assert sample == EXAMPLE


def test_the_example_is_by_the_schema() -> None:
    """Every member of it."""
    assert list(Draft202012Validator(SCHEMA).iter_errors(EXAMPLE)) == []


def test_the_table_has_every_member_and_says_when_it_is_absent() -> None:
    """In the schema's order, as the schema has it."""
    detail = SCHEMA["properties"]["detail"]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| .+ \| ([^|]+) \|$", PAGE, re.M)

    assert [name for name, _, _ in rows] == list(detail["properties"])
    assert {name for name, _, absent in rows if absent.strip() == "never"} == set(
        detail["required"]
    )
    for name, kind, _ in rows:
        is_time = "epoch_milliseconds" in detail["properties"][name].get("$ref", "")
        assert kind.strip() == ("integer, ms" if is_time else "string"), name


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_the_pattern_lets_in_jobs_that_ended_and_nothing_else(name: str) -> None:
    """Over every sample event, those of others among them."""
    assert matches(PATTERN, EVENTS[name]) == name.startswith("status-change-")


@pytest.mark.parametrize("status", JobStatus)
def test_the_pattern_knows_which_statuses_are_ends(status: JobStatus) -> None:
    """But for the deletion of a job that had ended before."""
    event = EXAMPLE | {"detail": EXAMPLE["detail"] | {"Status": status.value}}

    ended = status.is_terminal and status is not JobStatus.DELETED

    assert matches(PATTERN, event) == ended


def test_the_page_names_every_status() -> None:
    """The words of today."""
    row = next(line for line in PAGE.splitlines() if line.startswith("| `Status`"))

    assert set(re.findall(r"`([A-Z_]+)`", row)) == set(JobStatus.__members__)


def test_a_place_is_matched_by_the_resources() -> None:
    """As the page says; the envelope's account is the bus's."""
    (prefix,) = re.findall(r'`(\{"prefix": [^`]+\})`', PAGE)
    pattern = PATTERN | {"resources": [json.loads(prefix)]}
    elsewhere = EXAMPLE | {"resources": [EXAMPLE["resources"][0].replace("1111", "4444")]}

    assert matches(pattern, EXAMPLE)
    assert not matches(pattern, elsewhere)

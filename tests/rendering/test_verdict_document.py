"""What programs receive keeps its published contract."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from recgate.domain.telling import StandIn, Telling
from recgate.rendering.sns.message import publish_arguments
from tests.cli.runner import ROOT
from tests.rendering.decisions import decisions

SCHEMA = json.loads((ROOT / "src/recgate/verdict.v1.schema.json").read_text("utf-8"))
CHECK = Draft202012Validator(SCHEMA, format_checker=FormatChecker())


def document(name: str, **changes: Any) -> Any:
    """What a queue that is subscribed to the topic receives."""
    message = publish_arguments(Telling(decisions()[name], **changes))["Message"]
    return json.loads(json.loads(message)["sqs"])


def unknown_members(value: Any, schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Members that the schema does not describe."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    for choice in schema.get("anyOf", ()):
        if choice.get("type") != "null" and value is not None:
            yield from unknown_members(value, choice, path)
    if isinstance(value, dict) and "anyOf" not in schema:
        for name, member in value.items():
            known = schema.get("properties", {}).get(name)
            if known is None:
                yield f"{path}.{name}"
            else:
                yield from unknown_members(member, known, f"{path}.{name}")
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from unknown_members(item, schema.get("items", {}), f"{path}[{place}]")


@pytest.mark.parametrize("name", sorted(decisions()))
def test_every_document_is_by_the_schema(name: str) -> None:
    """Every decision that has a golden message, each member described."""
    made = document(name, report_url="https://pages.example/1")

    assert [error.message for error in CHECK.iter_errors(made)] == []
    assert list(unknown_members(made, SCHEMA)) == []


def test_the_schema_itself_is_one() -> None:
    """And says of every member what it is."""
    Draft202012Validator.check_schema(SCHEMA)

    described = [
        (name, member)
        for part in (SCHEMA, *SCHEMA["$defs"].values())
        for name, member in part.get("properties", {}).items()
        if "properties" not in member
    ]
    assert [name for name, member in described if not member.get("description")] == []


def test_a_sample_says_that_it_is_none() -> None:
    """A program that acts on verdicts can leave it out."""
    arguments = publish_arguments(Telling(decisions()["pass"], label="TEST"))

    assert json.loads(json.loads(arguments["Message"])["lambda"])["test"] is True
    assert arguments["MessageAttributes"]["event"]["StringValue"] == "test"
    assert arguments["Subject"].startswith("TEST")
    assert document("pass")["test"] is False


def test_a_stand_in_names_the_route_that_refused_and_the_cure() -> None:
    """In every medium: JSON, mail, card and attribute."""
    refused = StandIn("slack-ml", "not_in_channel", "invite the bot: /invite @recgate")

    arguments = publish_arguments(Telling(decisions()["fail"], stands_in_for=(refused,)))

    message = json.loads(arguments["Message"])
    assert json.loads(message["sqs"])["stands_in_for"] == [
        {"route": "slack-ml", "reason": "not_in_channel", "remedy": refused.remedy}
    ]
    for told in (message["email"], json.loads(message["https"])["content"]["description"]):
        assert "slack-ml" in told
        assert "invite the bot" in told
    assert arguments["MessageAttributes"]["stands_in_for"]["StringValue"] == "slack-ml"

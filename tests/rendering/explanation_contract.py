"""The published contract of an explanation, and what a document has that it does not describe."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from tests.cli.runner import ROOT

SCHEMA: dict[str, Any] = json.loads(
    (ROOT / "src/recgate/explanation.v1.schema.json").read_text("utf-8")
)
CHECK = Draft202012Validator(SCHEMA, format_checker=FormatChecker())


def unknown_members(value: Any, schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Members that the schema does not describe."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in schema:
        if value is not None:
            choice = next(each for each in schema["anyOf"] if each.get("type") != "null")
            yield from unknown_members(value, choice, path)
        return
    if isinstance(value, dict) and "additionalProperties" not in schema:
        for name, member in value.items():
            known = schema.get("properties", {}).get(name)
            if known is None:
                yield f"{path}.{name}"
            else:
                yield from unknown_members(member, known, f"{path}.{name}")
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from unknown_members(item, schema.get("items", {}), f"{path}[{place}]")

"""A test written out as YAML, ready to be put into a file of tests."""

import json
from collections.abc import Iterable, Mapping

from recgate.domain.canonical import Json
from recgate.rendering.yaml_flow import flow, scalar


def case_text(case: Mapping[str, Json]) -> str:
    """An entry of ``tests``, with the indentation that it has there."""
    lines: list[str] = []
    for key, value in case.items():
        lead = "  - " if not lines else "    "
        if key == "given" and isinstance(value, list) and len(value) > 1:
            lines.append(f"{lead}{key}:")
            lines += [f"      - {flow(row)}" for row in value]
        else:
            lines.append(f"{lead}{scalar(key)}: {flow(value)}")
    return "\n".join(lines)


def gathered(cases: Iterable[Mapping[str, Json]]) -> list[Mapping[str, Json]]:
    """The cases, those with the same job made into one: its limits are expected together."""
    alike: dict[str, list[Mapping[str, Json]]] = {}
    for case in cases:
        job = [case.get("given"), case.get("given_job"), _expected(case).get("verdict")]
        alike.setdefault(json.dumps(job, sort_keys=True), []).append(case)
    return [same[0] if len(same) == 1 else _as_one(same) for same in alike.values()]


def _as_one(cases: list[Mapping[str, Json]]) -> Mapping[str, Json]:
    limits: dict[str, Json] = {}
    for case in cases:
        found = _expected(case).get("limits")
        limits |= found if isinstance(found, Mapping) else {}
    first, *others = limits
    does = {str(word) for word in limits.values()}
    name = f"{first} and {len(others)} more {does.pop() if len(does) == 1 else 'at once'}"
    return {**cases[0], "name": name, "expect": {**_expected(cases[0]), "limits": limits}}


def _expected(case: Mapping[str, Json]) -> Mapping[str, Json]:
    expect = case.get("expect")
    return expect if isinstance(expect, Mapping) else {}

"""python jsonschema: one schema for a row, checked by Draft202012Validator.

The validator is made once. ``is_valid`` stops at the first error, which is the fastest answer it
has; "every limit" collects all errors, for recgate says of each limit how it stands. The timed
schema asks for every figure and for its type: without that, what is missing would pass.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.peers import Answers, Contender, Work
from benchmarks.workload import ALLOWED_FAMILIES, DENIED_FAMILIES, FIGURES, POLICY, Job

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

Schema = dict[str, Any]

_FAMILIES = sorted(set(ALLOWED_FAMILIES) - set(DENIED_FAMILIES))


def _schema() -> Schema:
    """Every figure must be there, be of its type and lie within its limit."""
    owners: dict[str, Schema] = {}
    for limit, (owner, member) in FIGURES.items():
        part = owners.setdefault(owner, {"type": "object", "required": [], "properties": {}})
        part["required"].append(member)
        part["properties"][member] = _bound(limit)
    return {"type": "object", "required": [*owners], "properties": owners}


def _bound(limit: str) -> Schema:
    if limit == "instance_families":
        return {"type": "string", "pattern": rf"^ml\.({'|'.join(_FAMILIES)})\."}
    keyword = "maximum" if limit.startswith("max_") else "minimum"
    return {"type": "number", keyword: POLICY["require"][limit]}


def _bounds_only(schema: Schema) -> Schema:
    """The schema without ``required`` and ``type``: the limits and nothing else."""
    kept = {key: value for key, value in schema.items() if key not in ("required", "type")}
    if "properties" in kept:
        inner = kept["properties"]
        kept["properties"] = {name: _bounds_only(part) for name, part in inner.items()}
    return kept


def _validator(schema: Schema) -> "Draft202012Validator":
    from jsonschema import Draft202012Validator

    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def _rows(jobs: Sequence[Job]) -> list[dict[str, Any]]:
    return [row for job in jobs for row in job.peer_rows()]


def _first_error(jobs: Sequence[Job]) -> Work:
    validator, rows = _validator(_schema()), _rows(jobs)
    return lambda: [validator.is_valid(row) for row in rows]


def _every_error(jobs: Sequence[Job]) -> Work:
    validator, rows = _validator(_schema()), _rows(jobs)
    return lambda: [list(validator.iter_errors(row)) for row in rows]


def _valid_ids(schema: Schema, jobs: Sequence[Job]) -> frozenset[str]:
    validator = _validator(schema)
    return frozenset(row["RecommendationId"] for row in _rows(jobs) if validator.is_valid(row))


def _passing(jobs: Sequence[Job]) -> frozenset[str]:
    return _valid_ids(_schema(), jobs)


def _passing_bounds_only(jobs: Sequence[Job]) -> frozenset[str]:
    return _valid_ids(_bounds_only(_schema()), jobs)


CONTENDERS = (
    Contender("jsonschema", "is_valid: stops at the first error", _first_error),
    Contender("jsonschema, every limit", "iter_errors: all errors", _every_error),
)
ANSWERS = (
    Answers("jsonschema", _passing, is_timed=True),
    Answers("jsonschema, limits only", _passing_bounds_only, is_timed=False),
)

"""Cloud Custodian: its ValueFilter, run as its own resource manager runs filters.

What was chosen, each time in Custodian's favour:

- Filters are parsed and validated once, by Custodian's registry, before the clock starts.
- All rows go through in one list, as resources do in a Custodian run, rather than job by job.
- A row that one filter drops is not shown to the next: Custodian stops at the first limit that
  fails. "Every limit" is the same without that, for recgate says of each limit how it stands.
- The tracer and the log of a run are left out.
- A ValueFilter notes its key on every resource that it keeps, and no policy can turn that off.
  So it is on, except for the "flattened rows", which are Custodian's best case. The notes pile up
  from pass to pass, which costs less than to begin them anew.
- Allowed families are one ``regex-case`` filter, with the denied ones already taken out.
- "Flattened rows" are dicts in which every figure, the parsed family among them, lies at the
  top, so that Custodian needs no JMESPath. Custodian judges resources as an API returns them, so
  someone else would have to flatten them; that someone's time is not counted.
"""

from collections.abc import Sequence
from typing import Any

from benchmarks.peers import Answers, Contender, Work
from benchmarks.workload import ALLOWED_FAMILIES, DENIED_FAMILIES, FIGURES, POLICY, Job

Row = dict[str, Any]

_FAMILIES = sorted(set(ALLOWED_FAMILIES) - set(DENIED_FAMILIES))
_FAMILY_PATTERN = rf"ml\.({'|'.join(_FAMILIES)})\."
_VIOLATION = {"lte": "gt", "gte": "lt"}


def _demands(**more: str) -> list[Row]:
    """One filter for each limit, on rows of Describe; ``more`` goes into the numeric ones."""
    return [
        {"type": "value", "key": ".".join(place), **_comparison(limit, more)}
        for limit, place in FIGURES.items()
    ]


def _comparison(limit: str, more: dict[str, str]) -> Row:
    if limit == "instance_families":
        return {"op": "regex-case", "value": _FAMILY_PATTERN}
    op = "lte" if limit.startswith("max_") else "gte"
    return {"op": op, "value": POLICY["require"][limit], **more}


def _flat_demands() -> list[Row]:
    demands = [{**demand, "key": demand["key"].rpartition(".")[2]} for demand in _demands()]
    family: Row = {"type": "value", "key": "Family", "op": "in", "value": _FAMILIES}
    return [family if demand["key"] == "InstanceType" else demand for demand in demands]


def _flat_row(row: Row) -> Row:
    flat = {"RecommendationId": row["RecommendationId"], **row["Metrics"]}
    flat |= row["EndpointConfiguration"]
    kind = row["EndpointConfiguration"].get("InstanceType")
    return {**flat, "Family": kind.split(".")[1] if kind else None}


def _violations() -> list[Row]:
    """What breaks a limit, which is how Custodian policies are mostly written."""
    return [
        {**demand, "op": _VIOLATION[demand["op"]]}
        if demand["op"] in _VIOLATION
        # Custodian has no operator that means "does not match".
        else {"not": [demand]}
        for demand in _demands()
    ]


def _parse(demands: list[Row]) -> list[Any]:
    from c7n.filters import FilterRegistry

    filters: list[Any] = FilterRegistry("filters").parse(demands, None)
    for each in filters:
        each.validate()
    return filters


def _parse_without_notes(demands: list[Row]) -> list[Any]:
    filters = _parse(demands)
    for each in filters:
        each.annotate = False
    return filters


def _kept(filters: list[Any], rows: list[Row]) -> list[Row]:
    """The rows that every filter keeps: the loop of c7n's ``ResourceManager.filter_resources``."""
    for each in filters:
        if not rows:
            break
        rows = each.process(rows)
    return rows


def _rows(jobs: Sequence[Job]) -> list[Row]:
    return [row for job in jobs for row in job.peer_rows()]


def _first_failure(jobs: Sequence[Job]) -> Work:
    filters, rows = _parse(_demands()), _rows(jobs)
    return lambda: _kept(filters, rows)


def _every_limit(jobs: Sequence[Job]) -> Work:
    filters, rows = _parse(_demands()), _rows(jobs)
    return lambda: [each.process(rows) for each in filters]


def _flattened(jobs: Sequence[Job]) -> Work:
    rows = [_flat_row(row) for row in _rows(jobs)]
    filters = _parse_without_notes(_flat_demands())
    return lambda: _kept(filters, rows)


def _ids(rows: list[Row]) -> frozenset[str]:
    return frozenset(row["RecommendationId"] for row in rows)


def _passing(jobs: Sequence[Job]) -> frozenset[str]:
    return _ids(_kept(_parse(_demands()), _rows(jobs)))


def _passing_flattened(jobs: Sequence[Job]) -> frozenset[str]:
    rows = [_flat_row(row) for row in _rows(jobs)]
    return _ids(_kept(_parse(_flat_demands()), rows))


def _passing_as_float(jobs: Sequence[Job]) -> frozenset[str]:
    return _ids(_kept(_parse(_demands(value_type="float")), _rows(jobs)))


def _passing_without_violation(jobs: Sequence[Job]) -> frozenset[str]:
    rows = _rows(jobs)
    return _ids(rows) - _ids(_kept(_parse([{"or": _violations()}]), rows))


CONTENDERS = (
    Contender(
        "Custodian",
        "ValueFilters on the rows of Describe; stops at the first limit that fails",
        _first_failure,
    ),
    Contender("Custodian, every limit", "the same, every filter on every row", _every_limit),
    Contender(
        "Custodian, flattened rows",
        "stops at the first failure; rows flattened beforehand, no JMESPath, no notes",
        _flattened,
    ),
)
ANSWERS = (
    Answers("Custodian", _passing, is_timed=True),
    Answers("Custodian, flattened rows", _passing_flattened, is_timed=True),
    Answers("Custodian, value_type: float", _passing_as_float, is_timed=False),
    Answers("Custodian, looking for violations", _passing_without_violation, is_timed=False),
)

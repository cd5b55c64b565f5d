"""What lies beside a recorded job: its tags, its benchmarks and its measured P99.

Every error is JobUnusable and says which file, where in it, what is wrong and what to do.
"""

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recgate.dialect.document import canonical_value
from recgate.dialect.measured import recommendation_ids
from recgate.domain.canonical import Json
from recgate.domain.reading import Source
from recgate.ports import JobUnusable

EXTRA_KEYS = ("Tags", "Steps", "MeasuredLatency")
_MEASURED_KEYS = ("RecommendationId", "EndpointName", "Row", "P99Milliseconds", "SampleCount")
_NAMING_KEYS = _MEASURED_KEYS[:3]


@dataclass(frozen=True, slots=True)
class Extra:
    """The value of an extra key, and what to call the file that it is in."""

    value: object
    label: str


def extras_of(
    document: Mapping[str, object], label: str, *, only: bool = False
) -> dict[str, Extra]:
    """The extra keys of a file that are not null; ``only``: there must be no other key.

    Raises JobUnusable when the file says that its lists go on elsewhere.
    """
    for key in document if only else ():
        if key not in (*EXTRA_KEYS, "NextToken", "ResponseMetadata"):
            raise JobUnusable(f"{label}: {_unknown(key, EXTRA_KEYS)}")
    if document.get("NextToken"):
        raise JobUnusable(
            f"{label}: has a NextToken, so its tags or steps are incomplete. Record them again "
            "without --max-items and --no-paginate."
        )
    return {key: Extra(document[key], label) for key in EXTRA_KEYS if document.get(key) is not None}


def near_extra_key(key: str) -> str | None:
    """The extra key that this one is a slip of, None if it is none."""
    by_lower = {known.lower(): known for known in EXTRA_KEYS}
    near = difflib.get_close_matches(key.lower(), by_lower, 1, 0.8)
    return by_lower[near[0]] if near else None


def without_nulls(value: object) -> object:
    """The value without the members of objects that are null."""
    if isinstance(value, Mapping):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def recorded_tags(extra: Extra | None) -> list[Mapping[str, Json]] | None:
    """The tags as ListTags gives them; an object ``{"env": "prod"}`` is taken too.

    None: not known.
    """
    if extra is None:
        return None
    found: dict[str, str] = {}
    for key, value in _tag_pairs(extra):
        if not isinstance(key, str) or not isinstance(value, str):
            raise JobUnusable(
                f"{extra.label}: tag {str(key)[:80]!r} is not text. Put its value in quotes."
            )
        if key in found:
            raise JobUnusable(f"{extra.label}: tag {key[:80]!r} comes twice. Remove one.")
        found[key] = value
    return [{"Key": key, "Value": value} for key, value in found.items()]


def recorded_steps(extra: Extra | None) -> list[Mapping[str, Json]] | None:
    """The benchmarks: the list, or the whole output of list-inference-recommendations-job-steps.

    None: not known.
    """
    if extra is not None and isinstance(extra.value, Mapping):
        extra = extras_of(extra.value, extra.label).get("Steps", Extra(None, extra.label))
    if extra is None:
        return None
    found = canonical_value(without_nulls(extra.value))
    steps = [step for step in found if isinstance(step, Mapping)] if isinstance(found, list) else []
    if not isinstance(found, list) or len(steps) < len(found):
        raise JobUnusable(
            f"{extra.label}: Steps must be the list of objects that "
            "list-inference-recommendations-job-steps gives."
        )
    return steps


def recorded_latencies(
    extra: Extra | None, rows: Sequence[Mapping[str, Json]]
) -> list[dict[str, Json]] | None:
    """The P99 that the file gives for some of the recommendations; None: for none."""
    if extra is None:
        return None
    label = extra.label
    if not isinstance(extra.value, list):
        raise JobUnusable(
            f"{label}: MeasuredLatency must be a list of objects with one of "
            f"{', '.join(_NAMING_KEYS)}, and P99Milliseconds and SampleCount."
        )
    names = recommendation_ids(rows)
    found: dict[str, dict[str, Json]] = {}
    for place, entry in enumerate(extra.value):
        where = f"{label}: MeasuredLatency[{place}]"
        if not isinstance(entry, Mapping):
            raise JobUnusable(f"{where} is not an object.")
        for key in entry:
            if key not in _MEASURED_KEYS:
                raise JobUnusable(f"{where}: {_unknown(str(key), _MEASURED_KEYS)}")
        name = names[_row_of(entry, rows, names, where)]
        if name in found:
            raise JobUnusable(f"{where}: {name} is given twice. Remove one.")
        found[name] = {
            "recommendation": name,
            "p99_ms": _figure(entry, "P99Milliseconds", where),
            "samples": _figure(entry, "SampleCount", where),
            "source": Source.RECORDED.value,
            "note": "",
        }
    return list(found.values())


def _row_of(
    entry: Mapping[str, object],
    rows: Sequence[Mapping[str, Json]],
    names: Sequence[str],
    where: str,
) -> int:
    """The place of the recommendation that an entry is about."""
    given = [key for key in _NAMING_KEYS if key in entry]
    if len(given) != 1:
        raise JobUnusable(
            f"{where}: names its recommendation by {' and '.join(given) or 'nothing'}; "
            f"give exactly one of {', '.join(_NAMING_KEYS)}."
        )
    key, wanted = given[0], entry[given[0]]
    known: list[Json] = list(names)
    if key == "Row":
        known = list(range(1, len(rows) + 1))
    elif key == "EndpointName":
        known = [_endpoint_name(row) for row in rows]
    places = [
        place for place, name in enumerate(known) if name == wanted and not isinstance(wanted, bool)
    ]
    if len(places) == 1:
        return places[0]
    if places:
        raise JobUnusable(
            f"{where}: {len(places)} recommendations have {key} {wanted}; name it by Row."
        )
    listed = ", ".join(str(name) for name in known if name is not None) or "none"
    raise JobUnusable(
        f"{where}: no recommendation has {key} {str(wanted)[:80]!r}; the job has: {listed}."
    )


def _endpoint_name(row: Mapping[str, Json]) -> Json:
    configuration = row.get("EndpointConfiguration")
    return configuration.get("EndpointName") if isinstance(configuration, Mapping) else None


def _figure(entry: Mapping[str, object], key: str, where: str) -> Json:
    """The number, None when it is not given or NaN."""
    value = entry.get(key)
    if value is None or value == "NaN" or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise JobUnusable(f"{where}: {key} {str(value)[:40]!r} is not a number of 0 or more.")
    return value


def _tag_pairs(extra: Extra) -> list[tuple[object, object]]:
    tags = extra.value
    if isinstance(tags, Mapping):
        return list(tags.items())
    if not isinstance(tags, list):
        raise JobUnusable(
            f"{extra.label}: Tags must be the list that list-tags gives, or an object of keys "
            "and values."
        )
    for tag in tags:
        if not isinstance(tag, Mapping) or "Key" not in tag:
            raise JobUnusable(
                f'{extra.label}: Tags must hold objects like {{"Key": "env", "Value": "prod"}}.'
            )
    return [(tag["Key"], tag.get("Value", "")) for tag in tags]


def _unknown(key: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(key, known, 1)
    guess = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}."
    return f"{key[:80]!r} is not a key here; {guess}"

"""The numbers that an approval rests on: each limit of each policy, for its configuration."""

import math
from collections.abc import Iterator, Mapping

from recgate.domain.canonical import Json
from recgate.domain.catalogue import NUMERIC_LIMITS, Direction
from recgate.domain.loose_json import mapping_in, mappings_in
from recgate.domain.reading import Source
from recgate.domain.recorded_decision import RecordedDecision
from recgate.domain.verdict import Outcome
from recgate.rendering.amounts import exact
from recgate.rendering.report.figures import origin
from recgate.rendering.report.html import Content, Markup, element, table
from recgate.rendering.report.parts import outcome_word
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT

_TEXT = 200


def limits_of(made: RecordedDecision) -> Iterator[Markup]:
    """A table for each policy that judged the configuration of the decision."""
    if made.configuration is None:
        return
    chosen = made.configuration.recommendation_id
    for judgement in mappings_in(made.body.get("judgements")):
        rows = [
            row
            for row in mappings_in(judgement.get("candidates"))
            if row.get("recommendation_id") == chosen
        ]
        if not rows:
            continue
        readings = mapping_in(rows[0].get("readings"))
        policy, digest = judgement.get("policy"), judgement.get("policy_digest")
        yield table(
            f"Policy {clean(policy or '', NAME_LIMIT)}, revision {clean(digest or '', 64)}",
            ("Limit", "Measured", "Demanded", "Outcome", "Source"),
            (_row(found, readings) for found in mappings_in(rows[0].get("findings"))),
            kind="texts",
        )


def _row(found: Mapping[str, Json], readings: Mapping[str, Json]) -> list[Content]:
    name = clean(found.get("limit") or "", NAME_LIMIT)
    return [
        element("code", name),
        _measured(found),
        _demanded(found),
        element("td", _outcome(found), _waiver(found)),
        _source(found, readings),
    ]


def _measured(found: Mapping[str, Json]) -> str:
    if found.get("missing"):
        return f"missing: {clean(found['missing'], _TEXT)}"
    return _amount(found, "value") or "–"


def _demanded(found: Mapping[str, Json]) -> str:
    spec = NUMERIC_LIMITS.get(str(found.get("limit")))
    if spec is None:
        return clean(found.get("rule") or "–", _TEXT)
    sign = "≥" if spec.direction is Direction.AT_LEAST else "≤"
    said = [
        f"{sign} {_amount(found, bound)}{' (warning)' if bound == 'warn' else ''}"
        for bound in ("fail", "warn")
        if found.get(bound) is not None
    ]
    return ", ".join(said) or "–"


def _amount(found: Mapping[str, Json], name: str) -> str:
    """The amount in the limit's unit; as it is recorded where it is no number."""
    value = found.get(name)
    if value is None:
        return ""
    spec = NUMERIC_LIMITS.get(str(found.get("limit")))
    try:
        read = float(str(value))
    except (ValueError, OverflowError):
        read = math.nan
    return exact(read, spec.unit) if spec and math.isfinite(read) else clean(value, _TEXT)


def _outcome(found: Mapping[str, Json]) -> Markup:
    name = str(found.get("outcome"))
    if name in Outcome.__members__:
        return outcome_word(Outcome[name])
    return element("strong", clean(name, 20), class_="word")


def _waiver(found: Mapping[str, Json]) -> Markup | None:
    waiver = found.get("waiver")
    return element("small", f"by waiver {clean(waiver, NAME_LIMIT)}") if waiver else None


def _source(found: Mapping[str, Json], readings: Mapping[str, Json]) -> str:
    """Where the figure comes from: the reading of the limit's metric."""
    spec = NUMERIC_LIMITS.get(str(found.get("limit")))
    reading = mapping_in(readings.get(spec.metric.name.lower())) if spec else {}
    samples, said = reading.get("samples"), reading.get("source")
    known = Source(said) if isinstance(said, str) and said in set(Source) else None
    words = origin(known, samples if isinstance(samples, int) else None)
    raw = reading.get("raw")
    reported = f"reported as {clean(raw, 40)}" if isinstance(raw, str) else ""
    return ", ".join(part for part in (words, reported) if part) or "–"

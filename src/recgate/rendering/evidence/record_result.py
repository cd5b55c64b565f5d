"""What a decision's record says was found: each policy, each configuration, each limit.

The values are those of the record, digit for digit: nothing is rounded, and nothing judged again.
"""

from collections.abc import Iterator, Mapping

from recgate.domain.canonical import Json
from recgate.domain.catalogue import NUMERIC_LIMITS
from recgate.domain.loose_json import mapping_in, mappings_in
from recgate.domain.recorded_configuration import Configuration, text_of
from recgate.domain.recorded_decision import PolicyResult, RecordedDecision
from recgate.rendering.evidence.decision_words import (
    ARN_LIMIT,
    NO_CONFIGURATION,
    NO_WAIVER,
    configuration_words,
    cost_words,
    environment_words,
    gate_words,
    joined,
    policy_words,
    verdict_words,
)
from recgate.rendering.explanation.parts import Grid, Line, Part, Section
from recgate.rendering.safe_text import clean
from recgate.rendering.waiver_words import bound_words, day_words, people_words
from recgate.rendering.words import NAME_LIMIT

_OUTCOMES = {"PASS": "pass", "NOT_APPLICABLE": "–", "IGNORED": "ignored"}
_BOUNDS = ("warn", "fail")


def result_sections(made: RecordedDecision) -> Iterator[Section]:
    """The answer, then each policy with its limits."""
    yield Section("What was decided", tuple(_answer(made)))
    judgements = mappings_in(made.body.get("judgements"))
    for judgement, result in zip(judgements, made.policies, strict=True):
        yield Section(f"Under {policy_words(result)}", tuple(_policy(judgement, result)))


def _answer(made: RecordedDecision) -> Iterator[Part]:
    yield Line(f"the gate is {gate_words(made)}", verdict_words(made), indent=1)
    if made.reason:
        yield Line(clean(made.reason, ARN_LIMIT), indent=1)
    for problem in _list(made.body.get("problems")):
        yield Line(clean(problem, ARN_LIMIT), indent=1)
    if made.is_open and made.configuration is not None:
        yield Grid("record", tuple(_approved(made.configuration)))
    elif made.is_open:
        yield Line(f"approved: {NO_CONFIGURATION}", indent=1)


def _approved(found: Configuration) -> Iterator[tuple[str, str]]:
    yield "approved", configuration_words(found)
    yield "recommendation", clean(found.recommendation_id, ARN_LIMIT)
    yield "environment", environment_words(found) or "nothing is set"
    yield "costs", cost_words(found)


def _policy(judgement: Mapping[str, Json], result: PolicyResult) -> Iterator[Part]:
    observed = " (observe mode)" if result.mode == "observe" else ""
    needed = judgement.get("candidates_needed")
    wanted = {1: "one configuration", "all": "every configuration"}.get(
        needed if isinstance(needed, str | int) else "", f"{_scalar(needed)} configurations"
    )
    yield Line(f"{wanted} must meet every limit{observed}", clean(result.verdict, 20), indent=1)
    if result.reason:
        yield Line(clean(result.reason, ARN_LIMIT), indent=1)
    without = text_of(judgement.get("verdict_without_waivers"))
    if result.waivers:
        yield Line(f"without waivers it would be {clean(without, 20)}", indent=1)
    for waiver in result.waivers:
        said = f"{bound_words(waiver)} until {day_words(waiver.expires)}, {people_words(waiver)}"
        reason = clean(waiver.reason, ARN_LIMIT)
        yield Line(f"waiver {clean(waiver.id, NAME_LIMIT)}: {said}: {reason}", indent=1)
    if result.lacks_waiver:
        yield Line(f"waiver: {NO_WAIVER}", indent=1)
    for row in mappings_in(judgement.get("candidates")):
        yield from _candidate(row, judgement)


def _candidate(row: Mapping[str, Json], judgement: Mapping[str, Json]) -> Iterator[Part]:
    name = text_of(row.get("recommendation_id"))
    marks = [mark for mark in ("chosen", "deciding") if judgement.get(mark) == name and name]
    if mapping_in(judgement.get("nearest_miss")).get("recommendation_id") == name and name:
        marks.append("nearest to compliant")
    words = clean(text_of(row.get("configuration")) or name, NAME_LIMIT)
    mark = f" ({joined(marks)})" if marks else ""
    yield Line(f"{words}{mark}", clean(text_of(row.get("verdict")), 20), indent=1)
    yield Line(clean(name, ARN_LIMIT), indent=2, quiet=True)
    readings = mapping_in(row.get("readings"))
    rows = tuple(_finding(each, readings) for each in mappings_in(row.get("findings")))
    if rows:
        yield Grid("limit", rows, indent=2)


def _finding(found: Mapping[str, Json], readings: Mapping[str, Json]) -> tuple[str, ...]:
    outcome = text_of(found.get("outcome"))
    value = text_of(found.get("value")) or text_of(found.get("missing"))
    bounds = [f"{name} {_scalar(found[name])}" for name in _BOUNDS if found.get(name) is not None]
    waiver = text_of(found.get("waiver"))
    told = (
        text_of(found.get("rule")),
        *bounds,
        f"waived by {waiver}" if waiver else "",
        _measured(text_of(found.get("limit")), readings),
    )
    return (
        clean(_OUTCOMES.get(outcome, outcome.replace("_", " ")), 20),
        clean(text_of(found.get("limit")), NAME_LIMIT),
        clean(value, NAME_LIMIT),
        clean(joined(told), ARN_LIMIT),
    )


def _measured(limit: str, readings: Mapping[str, Json]) -> str:
    """What was reported, by whom, and from how many samples; empty for what is no figure."""
    spec = NUMERIC_LIMITS.get(limit)
    reading = mapping_in(readings.get(spec.metric.name.lower())) if spec else {}
    if not reading:
        return ""
    samples = reading.get("samples")
    counted = f"{_scalar(samples)} samples" if samples is not None else ""
    reported = f"reported {_scalar(reading.get('raw'))}"
    return joined((_scalar(reading.get("source")), counted, reported))


def _list(value: Json) -> list[str]:
    return [text_of(each) for each in value] if isinstance(value, list) else []


def _scalar(value: Json) -> str:
    return clean(value, 40) if isinstance(value, str | int | float) else "?"

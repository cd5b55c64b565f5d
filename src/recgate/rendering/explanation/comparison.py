"""One value against one limit: the comparison in symbols, and where the value comes from."""

from recgate.domain.candidate import Candidate, Metric
from recgate.domain.catalogue import NUMERIC_LIMITS, SET_LIMITS, Direction
from recgate.domain.job import Snapshot
from recgate.domain.limits import Finding
from recgate.domain.policy_record import plain
from recgate.domain.reading import Source, comparable
from recgate.domain.verdict import Outcome
from recgate.rendering.amounts import exact, relative
from recgate.rendering.report.figures import origin
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT, threshold_of

TEXT = 200
_RAW = 60

OUTCOMES = {
    Outcome.NOT_APPLICABLE: "–",
    Outcome.IGNORED: "ignored",
    Outcome.PASS: "pass",
    Outcome.WARN: "WARN",
    Outcome.WARN_MISSING: "WARN",
    Outcome.WAIVED: "WAIVED",
    Outcome.UNKNOWN: "UNKNOWN",
    Outcome.FAIL: "FAIL",
}
"""The outcomes as they stand in a column: what is not plainly met is in capitals."""

_MISSING = (Outcome.IGNORED, Outcome.WARN_MISSING, Outcome.UNKNOWN)
_PER_INFERENCE = "CostPerInference"
_MILLION = "max_cost_per_million_inferences_usd"
_LATENCY_GAIN, _THROUGHPUT_GAIN = (
    "min_latency_gain_over_existing_pct",
    "min_throughput_gain_over_existing_pct",
)


def comparison(finding: Finding) -> str:
    """``148 ms > 100 ms warn, > 120 ms fail``, in digits that are exact; what is missing, and why.

    The distance from the bound that counts stands behind it: ``(+23%)``.
    """
    if finding.outcome is Outcome.NOT_APPLICABLE:
        return "does not apply to this kind of configuration"
    value = finding.observed
    if value is None and finding.outcome in _MISSING:
        why = clean(finding.missing, TEXT) or "not reported"
        return f"missing: {why}{_wanted(finding)}"
    if finding.limit not in NUMERIC_LIMITS or not isinstance(value, float | int):
        return _of_names(finding)
    bounds = [(finding.warn, "warn"), (finding.fail, "fail")]
    said = [
        f"{_sign(value, bound, finding.direction)} {exact(bound, finding.unit)} {name}"
        for bound, name in bounds
        if bound is not None
    ]
    return f"{exact(value, finding.unit)} {', '.join(said)}{_distance(finding, value)}"


def _sign(value: float, bound: float, direction: Direction | None) -> str:
    mine, others = comparable(value), comparable(bound)
    if direction is Direction.AT_LEAST:
        return "≥" if mine >= others else "<"
    return "≤" if mine <= others else ">"


def _distance(finding: Finding, value: float) -> str:
    threshold, _ = threshold_of(finding)
    off = "" if threshold is None else relative(comparable(value), comparable(threshold))
    return f" ({off})" if off else ""


def _wanted(finding: Finding) -> str:
    """What would have been asked of a value that is missing."""
    if finding.limit not in NUMERIC_LIMITS:
        return f"; wanted is {clean(finding.rule, TEXT)}" if finding.rule else ""
    sign = "≥" if finding.direction is Direction.AT_LEAST else "≤"
    bounds = [(finding.warn, "warn"), (finding.fail, "fail")]
    said = [
        f"{sign} {exact(bound, finding.unit)} {name}" for bound, name in bounds if bound is not None
    ]
    return f"; wanted is {', '.join(said)}" if said else ""


def _of_names(finding: Finding) -> str:
    """``c7g is one of c6g, c7g``: a limit on names, or on a field of the job."""
    has = "it" if finding.observed is None else clean(finding.observed, NAME_LIMIT)
    rule = clean(finding.rule, TEXT)
    met = finding.outcome not in (Outcome.FAIL, Outcome.WAIVED)
    if not rule:
        return f"{has} is {'allowed' if met else 'not allowed'}"
    if rule.startswith(("present", "not present")):
        is_there = finding.observed is not None
        found = f"is there: {has}" if is_there else "is not there"
        return f"{found}; wanted is {rule}"
    if met:
        return f"{has} is {rule}"
    if rule.startswith("none of "):
        return f"{has} is denied: wanted is {rule}"
    return f"{has} is not {rule}"


def source_words(finding: Finding, candidate: Candidate, snapshot: Snapshot) -> str:
    """Where the value comes from and what it was before rounding; empty for what SageMaker
    reported with the very digits that were compared.
    """
    if finding.outcome is Outcome.NOT_APPLICABLE:
        return ""
    derived = derivation(finding, candidate, snapshot)
    if derived:
        return derived
    said = origin(finding.source, finding.samples)
    if finding.observed is None:
        if finding.raw is not None:
            raw = f"reported was {_written(finding.raw)}"
            return raw if finding.source is Source.DESCRIBE else f"{said}, {raw}"
        return f"looked for in {said}" if finding.source is Source.CLOUDWATCH else ""
    if isinstance(finding.observed, str) or finding.raw == finding.observed:
        return "" if finding.source is Source.DESCRIBE else said
    if finding.raw is None:
        return said
    return f"{said}, reported {_written(finding.raw)}" if said else f"reported {finding.raw}"


def derivation(finding: Finding, candidate: Candidate, snapshot: Snapshot) -> str:
    """How a value was made that nobody reported; empty for one that was reported."""
    if finding.observed is None:
        return ""
    if finding.limit == _MILLION and _is_scaled(finding):
        return f"SageMaker's {_PER_INFERENCE} {_written(finding.raw)} × 1,000,000"
    if finding.limit in SET_LIMITS and finding.limit.endswith("families"):
        return f"read from {clean(candidate.instance_type, NAME_LIMIT)}"
    if finding.limit == _LATENCY_GAIN:
        existing = [each.model_latency.value for each in snapshot.existing_endpoints]
        return _gain(candidate, Metric.MODEL_LATENCY_MS, existing, fastest=True)
    if finding.limit == _THROUGHPUT_GAIN:
        existing = [each.invocations_per_minute.value for each in snapshot.existing_endpoints]
        return _gain(candidate, Metric.INVOCATIONS_PER_MINUTE, existing, fastest=False)
    return ""


def _is_scaled(finding: Finding) -> bool:
    """Whether what was reported is the cost of one inference: a millionth of what was compared."""
    raw = finding.raw
    if isinstance(raw, bool) or not isinstance(raw, float | int):
        return False
    return comparable(raw * 1e6) == finding.observed


def _gain(
    candidate: Candidate, metric: Metric, existing: list[float | None], *, fastest: bool
) -> str:
    mine, known = candidate.values[metric], [each for each in existing if each is not None]
    if mine is None or not known:
        return "computed against the existing endpoint"
    best = min(known) if fastest else max(known)
    unit = "ms" if fastest else "/min"
    one, other = exact(mine, unit), exact(best, unit)
    compared = f"({other} - {one}) / {other}" if fastest else f"({one} - {other}) / {other}"
    which = "the fastest existing endpoint" if fastest else "the existing endpoint that takes most"
    return f"computed: {compared}, against {which}"


def _written(raw: object) -> str:
    return clean(plain(raw), _RAW)

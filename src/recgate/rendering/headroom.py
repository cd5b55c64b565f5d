"""How far the configuration that leads a message is from each limit."""

from collections.abc import Iterable
from dataclasses import dataclass

from recgate.domain.candidate import Candidate
from recgate.domain.catalogue import NUMERIC_LIMITS
from recgate.domain.decision import Decision
from recgate.domain.limits import Finding
from recgate.domain.nearest_miss import nearest_miss
from recgate.domain.reading import comparable
from recgate.domain.verdict import Outcome
from recgate.rendering.amounts import Scale, relative
from recgate.rendering.headline import compliant
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT, threshold_of

_MISSING_LIMIT = 120


@dataclass(frozen=True, slots=True)
class Figure:
    """One limit with a number: ``Cost/hour``, ``$0.17``, ``limit $1.50``, ``-88%``.

    ``value`` is empty when it is missing, ``missing`` says why then. ``is_miss`` says that the
    limit keeps the gate closed.
    """

    label: str
    value: str
    bound: str
    distance: str
    outcome: Outcome
    missing: str = ""

    @property
    def is_miss(self) -> bool:
        """Whether this limit keeps the gate closed."""
        return self.outcome >= Outcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class Leading:
    """The configuration that a message leads with: the best that complies, else the nearest."""

    configuration: str
    complies: bool
    figures: tuple[Figure, ...]


def leading(decision: Decision, scale: Scale) -> Leading | None:
    """The configuration to lead with and its distance from every limit of every policy.

    None where nothing was judged, or where what is missing is not in any configuration.
    """
    evaluation = decision.evaluation
    best = compliant(evaluation)
    row = best or _nearest(decision)
    if row is None:
        return None
    findings = [
        finding
        for judgement in evaluation.judgements
        for place, candidate in enumerate(judgement.candidates)
        if candidate is row
        for finding in judgement.findings(place)
    ]
    return Leading(
        clean(row.configuration, NAME_LIMIT), best is not None, figures_of(findings, scale)
    )


def figures_of(findings: Iterable[Finding], scale: Scale) -> tuple[Figure, ...]:
    """The limits with numbers, each once: where policies set it twice, the one that is tighter."""
    told: dict[str, Finding] = {}
    for finding in findings:
        if finding.limit not in NUMERIC_LIMITS or finding.outcome is Outcome.NOT_APPLICABLE:
            continue
        known = told.get(finding.limit)
        if known is None or _tightness(finding) > _tightness(known):
            told[finding.limit] = finding
    return tuple(_figure(finding, scale) for finding in told.values())


def _nearest(decision: Decision) -> Candidate | None:
    deciding = decision.evaluation.deciding
    nearest = nearest_miss(deciding) if deciding else None
    return nearest.candidate if nearest else None


def _tightness(finding: Finding) -> tuple[int, float]:
    """The worse the outcome, then the further beyond (or the less within) its threshold."""
    threshold, _ = threshold_of(finding)
    value = finding.observed
    if threshold is None or not isinstance(value, float | int) or not threshold:
        return finding.outcome, 0.0
    spec = NUMERIC_LIMITS[finding.limit]
    share = (value - threshold) / abs(threshold)
    return finding.outcome, share if finding.direction is spec.direction.AT_MOST else -share


def _figure(finding: Finding, scale: Scale) -> Figure:
    metric = NUMERIC_LIMITS[finding.limit].metric
    threshold, bound = threshold_of(finding)
    value = finding.observed
    measured = isinstance(value, float | int)
    distance = ""
    if threshold is not None and isinstance(value, float | int):
        distance = relative(comparable(value), comparable(threshold))
    label = clean(finding.label, NAME_LIMIT)
    return Figure(
        label=label[:1].upper() + label[1:],
        value=scale.amount(metric, value) if isinstance(value, float | int) else "",
        bound="" if threshold is None else f"{bound} {scale.amount(metric, threshold)}",
        distance=distance,
        outcome=finding.outcome,
        missing="" if measured else clean(finding.missing, _MISSING_LIMIT) or "not reported",
    )

"""A configuration as a decision's record tells it, and which of them the record rests on.

The record may be of an older or a newer version, or from another hand: what cannot be read is
left out, and never a guess.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from recgate.domain.backtest import HOURS_A_MONTH
from recgate.domain.canonical import Json
from recgate.domain.loose_json import mapping_in, mappings_in
from recgate.domain.verdict import Outcome, Verdict

_WARNINGS = (Outcome.WARN.name, Outcome.WARN_MISSING.name)
_FAILING = (Verdict.FAIL, Verdict.WOULD_FAIL)
_COST, _P99 = "cost_per_hour_usd", "latency_p99_ms"


@dataclass(frozen=True, slots=True)
class Configuration:
    """One recommendation, exactly.

    ``words`` is the configuration as messages say it (``ml.c7g.xlarge × 2``), ``kind`` realtime
    or serverless. ``figures`` are the values that were compared, by the name of their metric
    with its unit (``latency_p99_ms``); what was missing is not in it. All names are untrusted.
    """

    recommendation_id: str
    words: str
    kind: str
    instance_type: str | None
    instance_count: int | None
    environment: tuple[tuple[str, str], ...]
    figures: Mapping[str, Decimal]

    @property
    def cost_per_hour_usd(self) -> Decimal | None:
        """What it costs an hour."""
        return self.figures.get(_COST)

    @property
    def cost_per_month_usd(self) -> Decimal | None:
        """The same for a month of 730 hours."""
        hourly = self.cost_per_hour_usd
        return None if hourly is None else hourly * HOURS_A_MONTH

    @property
    def latency_p99_ms(self) -> Decimal | None:
        """The P99 latency that was measured."""
        return self.figures.get(_P99)

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes it this configuration and no other, whatever was measured."""
        return (
            *(self.recommendation_id, self.kind, self.instance_type, self.instance_count),
            *(self.environment, self.words),
        )


def configuration_in(candidate: Mapping[str, Json]) -> Configuration:
    """The configuration of a candidate in a record."""
    count = candidate.get("instance_count")
    named = mapping_in(candidate.get("environment"))
    return Configuration(
        recommendation_id=text_of(candidate.get("recommendation_id")),
        words=text_of(candidate.get("configuration")),
        kind=text_of(candidate.get("kind")),
        instance_type=text_of(candidate.get("instance_type")) or None,
        instance_count=count if isinstance(count, int) and not isinstance(count, bool) else None,
        environment=tuple(sorted((name, text_of(value)) for name, value in named.items())),
        figures=_figures(candidate),
    )


@dataclass(frozen=True, slots=True)
class ApprovedRow:
    """The approved candidate: its id, how many with this id stand before it, and what is said of
    it by the first policy that judged.
    """

    name: str
    before: int
    row: Mapping[str, Json]


def approved_candidate(judgements: Sequence[Mapping[str, Json]]) -> Mapping[str, Json] | None:
    """What is said of the approved candidate, see `approved_row`."""
    found = approved_row(judgements)
    return None if found is None else found.row


def approved_row(judgements: Sequence[Mapping[str, Json]]) -> ApprovedRow | None:
    """The candidate that opens the gate under every policy that judged it, the best of them; None
    where there is none.

    The same that `recgate.rendering.headline.compliant` finds in the decision itself.
    """
    worst: dict[tuple[str, int], int] = {}
    rows: dict[tuple[str, int], Mapping[str, Json]] = {}
    for judgement in judgements:
        for name, candidate in sorted(_named(judgement), key=lambda each: _standing(each[1])):
            rank, _ = _standing(candidate)
            worst[name] = max(worst.get(name, rank), rank)
            rows.setdefault(name, candidate)
    best = min(worst, key=worst.__getitem__, default=None)
    if best is None or worst[best] > Verdict.WAIVED.rank:
        return None
    return ApprovedRow(*best, rows[best])


def told_candidate(
    judgement: Mapping[str, Json], approved: ApprovedRow | None
) -> Mapping[str, Json] | None:
    """The candidate that a policy's verdict is told of, as messages do: the approved one if the
    policy judged it; of those that fail the nearest to compliant; else the deciding one.
    """
    same = None if approved is None else _same(judgement, approved)
    if same is not None:
        return same
    told = judgement.get("chosen") or judgement.get("deciding")
    if approved is None and _wants_one_and_fails(judgement):
        told = mapping_in(judgement.get("nearest_miss")).get("recommendation_id") or told
    rows = mappings_in(judgement.get("candidates"))
    return next((row for row in rows if told and row.get("recommendation_id") == told), None)


def text_of(value: Json) -> str:
    """The value if it is text, else empty."""
    return value if isinstance(value, str) else ""


def _wants_one_and_fails(judgement: Mapping[str, Json]) -> bool:
    return judgement.get("verdict") in _FAILING and judgement.get("candidates_needed") == 1


def _same(judgement: Mapping[str, Json], approved: ApprovedRow) -> Mapping[str, Json] | None:
    """The approved candidate if it is among those of the judgement."""
    wanted = approved.name, approved.before
    return next((row for name, row in _named(judgement) if name == wanted), None)


def _named(
    judgement: Mapping[str, Json],
) -> Iterator[tuple[tuple[str, int], Mapping[str, Json]]]:
    """The candidates by their ids; one that repeats an id is the second, the third of it."""
    seen: Counter[str] = Counter()
    for candidate in mappings_in(judgement.get("candidates")):
        name = text_of(candidate.get("recommendation_id"))
        yield (name, seen[name]), candidate
        seen[name] += 1


def _standing(candidate: Mapping[str, Json]) -> tuple[int, int]:
    """A candidate's place in the policy language's order: its verdict, then its warnings."""
    findings = mappings_in(candidate.get("findings"))
    warnings = sum(finding.get("outcome") in _WARNINGS for finding in findings)
    verdict = text_of(candidate.get("verdict"))
    known = Verdict(verdict) if verdict in Verdict.__members__ else Verdict.ERROR
    return known.rank, warnings


def _figures(candidate: Mapping[str, Json]) -> dict[str, Decimal]:
    readings = mapping_in(candidate.get("readings"))
    read = {name: _figure(mapping_in(reading).get("value")) for name, reading in readings.items()}
    return {name: value for name, value in read.items() if value is not None}


def _figure(value: Json) -> Decimal | None:
    """The number that a record has as text; None for what is no number of a measurement."""
    try:
        number = float(text_of(value))
    except ValueError:
        return None
    # Through the float that it once was: a text of a million digits is no figure of ours.
    return Decimal(repr(number)) if math.isfinite(number) else None

"""The tables of a report page: every configuration, and each against every limit."""

from recgate.domain.candidate import Candidate, Metric
from recgate.domain.catalogue import NUMERIC_LIMITS, Direction
from recgate.domain.decision import Decision
from recgate.domain.evaluation import Judgement
from recgate.domain.limits import Finding
from recgate.domain.nearest_miss import distance
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.amounts import Scale
from recgate.rendering.headline import compliant, told_candidate
from recgate.rendering.report.figures import CANDIDATES, origin
from recgate.rendering.report.html import SPACE, Content, Markup, element, table, together
from recgate.rendering.report.parts import (
    POLICIES,
    not_shown,
    numeric_heading,
    outcome_word,
    section,
    word,
)
from recgate.rendering.safe_text import clean
from recgate.rendering.story import revision
from recgate.rendering.story_rows import (
    COST,
    COST_PER_MILLION,
    GAIN_HEADING,
    INVOCATIONS,
    MODEL_LATENCY,
    P99,
    Column,
    Row,
    existing_rows,
    rows_of,
)
from recgate.rendering.words import NAME_LIMIT, finding_words, judgement_words, spoken

LIMITS, CELLS = 40, 2_000
"""The most columns of a table of limits, and the most cells of all of them together."""
WIDE = 10
"""Limits, beyond which a table is printed in smaller letters."""

_ALWAYS = (COST, COST_PER_MILLION, P99, MODEL_LATENCY, INVOCATIONS)
_IF_REPORTED = (
    Column("CPU (%)", Metric.CPU_UTILIZATION_PCT),
    Column("Memory (%)", Metric.MEMORY_UTILIZATION_PCT),
)


def overview(decision: Decision, scale: Scale) -> Markup | None:
    """Every configuration with its figures, the existing endpoint as a row of its own."""
    candidates, existing = decision.snapshot.candidates, decision.snapshot.existing_endpoints
    if not candidates and not existing:
        return None
    columns = _ALWAYS + tuple(
        column
        for column in _IF_REPORTED
        if any(row.values[column.metric] is not None for row in candidates)
    )
    gain = [GAIN_HEADING] if existing else []
    figures = (numeric_heading(column.heading) for column in columns)
    headings: list[Content] = ["Configuration", "Verdict", *figures, *gain, "Why"]
    rows = [*rows_of(decision, columns, scale), *existing_rows(decision, columns, scale)]
    return section(
        "configurations",
        "Configurations",
        table(
            "Every configuration, compliant first, then the nearest to compliant",
            headings,
            [_overview_row(row, with_gain=bool(existing)) for row in rows[: 2 * CANDIDATES]],
        ),
        not_shown(len(rows) - 2 * CANDIDATES, "configurations"),
    )


def _overview_row(row: Row, *, with_gain: bool) -> list[Content]:
    figures = [
        element("td", "n/a" if figure is None else figure[1], class_="number")
        for figure in row.figures
    ]
    gain = [element("td", row.gain or "the baseline", class_="words")] if with_gain else []
    why = element("td", row.why, class_="words")
    return [row.configuration, word(row.verdict), *figures, *gain, why]


def limits(decision: Decision, scale: Scale) -> Markup | None:
    """A table for each policy: every candidate against every limit."""
    made: list[Content] = []
    room = CELLS
    shown = decision.evaluation.judgements[:POLICIES]
    for judgement in shown:
        if not judgement.columns:
            continue
        made.append(element("h3", judgement_words(judgement)))
        count = min(len(judgement.candidates), CANDIDATES) * min(len(judgement.columns), LIMITS)
        if count > room:
            made.append(element("p", "Too large for this page; the ledger's entry holds it all."))
            continue
        room -= count
        made.append(_policy_table(judgement, compliant(decision.evaluation), scale))
    more = len(decision.evaluation.judgements) - len(shown)
    return section(
        "limits", "Every configuration against every limit", *made, not_shown(more, "policies")
    )


def _policy_table(judgement: Judgement, best: Candidate | None, scale: Scale) -> Markup:
    places = _nearest_first(judgement)[:CANDIDATES]
    told = told_candidate(judgement, best)
    rows = [
        [
            _judged(judgement, place, is_told=place == told),
            *(_cell(finding, scale) for finding in judgement.findings(place)[:LIMITS]),
        ]
        for place in places
    ]
    headings = [_demand(finding, scale) for finding in judgement.findings(places[0])[:LIMITS]]
    return together(
        [
            table(
                f"{revision(judgement.policy)}: compliant first, then the nearest to compliant",
                ["Configuration", *headings],
                rows,
                kind="limits wide" if len(headings) > WIDE else "limits",
            ),
            not_shown(len(judgement.candidates) - len(places), "configurations"),
            not_shown(len(judgement.columns) - LIMITS, "limits"),
        ]
    )


def _nearest_first(judgement: Judgement) -> list[int]:
    """The candidates' places, in the order in which a person looks for one to deploy."""

    def far(place: int) -> tuple[bool, tuple[int, int, int, float]]:
        return not judgement.verdict_on(place).opens_gate, distance(judgement.findings(place))

    return sorted(judgement.order, key=far)


def _demand(finding: Finding, scale: Scale) -> Markup:
    """A limit at the head of its column: its name, its key under ``require``, its thresholds."""
    label = clean(finding.label, NAME_LIMIT)
    demands = []
    spec = NUMERIC_LIMITS.get(finding.limit)
    if spec is not None:
        kind = "minimum" if finding.direction is Direction.AT_LEAST else "limit"
        bounds = ((kind, finding.fail), (f"warning {kind}", finding.warn))
        demands = [
            f"{name} {scale.amount(spec.metric, bound)}"
            for name, bound in bounds
            if bound is not None
        ]
    return element(
        "th",
        label[:1].upper() + label[1:],
        *(element("small", demand) for demand in demands),
        element("small", element("code", clean(finding.limit, NAME_LIMIT))),
        scope="col",
    )


def _judged(judgement: Judgement, place: int, *, is_told: bool) -> Markup:
    """A candidate at the head of its row, with the policy's verdict on it alone."""
    candidate = judgement.candidates[place]
    verdict = judgement.verdict_on(place)
    if judgement.verdict is Verdict.WOULD_FAIL and verdict is Verdict.FAIL:
        verdict = Verdict.WOULD_FAIL
    return element(
        "th",
        clean(candidate.configuration, NAME_LIMIT),
        element("small", word(spoken(verdict)), SPACE, _mark(judgement) if is_told else None),
        scope="row",
    )


def _mark(judgement: Judgement) -> str:
    """What the candidate is whose limits the reasons tell."""
    if judgement.policy.candidates.at_least != 1:
        return "decides the verdict"
    return "the best" if judgement.verdict.opens_gate else "the nearest"


def _cell(finding: Finding, scale: Scale) -> Markup:
    """How a limit turned out: outcome, value against threshold with the distance, and source."""
    if finding.outcome is Outcome.NOT_APPLICABLE:
        return element("td", "does not apply")
    # The heading of the column says the label already.
    words = finding_words(finding, scale).removeprefix(clean(finding.label, NAME_LIMIT)).strip()
    return element(
        "td",
        outcome_word(finding.outcome),
        SPACE,
        words,
        element("small", origin(finding.source, finding.samples)),
    )

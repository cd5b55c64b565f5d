"""The candidates of one policy: their order and what decided it, and each against each limit."""

from collections.abc import Iterator

from recgate.domain.candidate import Candidate
from recgate.domain.decision import Decision
from recgate.domain.evaluation import Judgement
from recgate.domain.nearest_miss import nearest_miss
from recgate.domain.verdict import Outcome
from recgate.rendering.explanation.comparison import OUTCOMES, comparison, source_words
from recgate.rendering.explanation.order_words import (
    Placed,
    behind_words,
    placed,
    quantifier_words,
)
from recgate.rendering.explanation.parts import Grid, Line, Part, Shown
from recgate.rendering.explanation.selection import is_shown
from recgate.rendering.explanation.waivers import counted, counted_words, on_finding
from recgate.rendering.headline import compliant, told_candidate
from recgate.rendering.safe_text import clean, first
from recgate.rendering.waiver_words import waiver_words
from recgate.rendering.words import NAME_LIMIT, spoken

_IN_FULL = 3
"""Of so few candidates every limit is shown; of more, those that matter are shown in full."""

_QUIET = (Outcome.PASS, Outcome.NOT_APPLICABLE)
_VARIABLES = 16
_LONG = 600


def order_parts(judgement: Judgement, shown: Shown) -> Iterator[Part]:
    """The candidates from the best to the worst, and why each stands after the one before."""
    yield Line(quantifier_words(judgement), indent=1)
    yield Grid(
        "order",
        tuple(
            (
                spoken(each.verdict),
                f"{each.rank}.",
                clean(each.candidate.configuration, NAME_LIMIT),
                behind_words(each),
            )
            for each in placed(judgement)
            if is_shown(each.candidate, shown)
        ),
    )


def limits_parts(decision: Decision, judgement: Judgement, shown: Shown) -> Iterator[Part]:
    """A block for each candidate, with a row for each limit; then the waivers that counted."""
    roles = _roles(decision, judgement)
    for each in placed(judgement):
        if not is_shown(each.candidate, shown):
            continue
        whole = (
            shown.every_limit
            or shown.candidate is not None
            or len(judgement.candidates) <= _IN_FULL
            or each.place in roles
        )
        yield from _block(judgement, each, roles.get(each.place, ""), is_whole=whole)
    for entry in counted(judgement):
        yield Line(
            clean(f"waiver {waiver_words(entry.waiver, decision.judged_on)}", _LONG), indent=1
        )
        yield Line(counted_words(entry), indent=2)


def _roles(decision: Decision, judgement: Judgement) -> dict[int, str]:
    """What some of the candidates are to the verdict."""
    roles: dict[int, list[str]] = {}

    def add(place: int | None, role: str) -> None:
        if place is not None:
            roles.setdefault(place, []).append(role)

    best = compliant(decision.evaluation)
    add(judgement.deciding, "decides")
    add(_place(judgement, best), "the one to deploy")
    nearest = nearest_miss(judgement)
    add(_place(judgement, nearest.candidate if nearest else None), "nearest to compliant")
    told = told_candidate(judgement, best)
    if told is not None:
        roles.setdefault(told, [])
    return {place: ", ".join(said) for place, said in roles.items()}


def _place(judgement: Judgement, row: Candidate | None) -> int | None:
    return next((at for at, each in enumerate(judgement.candidates) if each is row), None)


def _block(judgement: Judgement, each: Placed, role: str, *, is_whole: bool) -> Iterator[Part]:
    row = each.candidate
    name = clean(row.configuration, NAME_LIMIT)
    called = f"{each.rank}. {name}" + (f" ({role})" if role else "")
    yield Line(called, word=spoken(each.verdict), indent=1, strong=True)
    environment = [
        clean(f"{key}={value}", NAME_LIMIT) for key, value in sorted(row.environment.items())
    ]
    known = [clean(row.recommendation_id, NAME_LIMIT), *first(environment, _VARIABLES)]
    yield Line(", ".join(known), indent=2, quiet=True)
    findings = judgement.findings(each.place)
    told = [found for found in findings if is_whole or found.outcome not in _QUIET]
    rows = []
    for finding in told:
        notes = (
            source_words(finding, row, judgement.snapshot),
            on_finding(finding, judgement),
        )
        rows.append(
            (
                OUTCOMES[finding.outcome],
                clean(finding.limit, NAME_LIMIT),
                comparison(finding),
                "; ".join(note for note in notes if note),
            )
        )
    if rows:
        yield Grid("limits", tuple(rows), indent=2)
    met = [clean(found.limit, NAME_LIMIT) for found in findings if found not in told]
    if met and not rows:
        yield Line(f"all {len(met)} limits are met (--all shows them)", indent=2, quiet=True)
    elif met:
        yield Line(
            clean(f"met, not shown: {', '.join(met)} (--all shows them)", _LONG),
            indent=2,
            quiet=True,
        )
    if not findings:
        yield Line("No limit exists for it: nothing was compared.", indent=2)

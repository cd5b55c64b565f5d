"""The explanation of a decision as sections of lines and grids, for a terminal."""

from collections.abc import Iterator, Sequence

from recgate.domain.decision import ENGINE, Decision
from recgate.domain.evaluation import Judgement
from recgate.domain.policy import Mode
from recgate.domain.scope import Applies
from recgate.domain.verdict import Verdict
from recgate.rendering.explanation.candidates import limits_parts, order_parts
from recgate.rendering.explanation.conditions import Concerned, asked_words, concerned_of
from recgate.rendering.explanation.headroom_words import closest_words, headroom_row
from recgate.rendering.explanation.parts import Grid, Line, Origin, Part, Section, Shown
from recgate.rendering.explanation.selection import left_out, selected
from recgate.rendering.explanation.turning_words import (
    Turning,
    Wanted,
    observing_words,
    other_steps,
    turning_of,
    unmet_words,
    wanted_shown,
    wanted_words,
    way_words,
)
from recgate.rendering.explanation.why import deciding_judgement, when, whose, why
from recgate.rendering.safe_text import clean
from recgate.rendering.story import revision
from recgate.rendering.words import NAME_LIMIT, spoken

_TEXT = 300
_POLICIES = 3
"""So many policies that do not apply are told as the nearest of an uncovered job."""


def explanation_sections(decision: Decision, shown: Shown, origin: Origin) -> tuple[Section, ...]:
    """Everything that is told of a decision."""
    found = selected(decision, shown)
    everything = len(concerned_of(decision.evaluation, decision.snapshot))
    turning = turning_of(decision)
    sections = [
        Section("Why", tuple(_why(decision))),
        Section("Which policies applied", tuple(_policies(decision, found))),
        *_judged(decision, found, shown),
        Section("What would turn it", tuple(_turning(decision, turning, shown))),
        Section("Where the evidence is", tuple(_evidence(decision, origin))),
    ]
    omitted = left_out(decision.snapshot, found, everything, shown)
    if omitted:
        sections[0] = Section("Why", (*sections[0].parts, Line(omitted, indent=1)))
    return tuple(section for section in sections if section.parts)


def _why(decision: Decision) -> Iterator[Part]:
    yield Line(why(decision), indent=1)
    for warning in decision.snapshot.warnings:
        yield Line(clean(f"Doubt about the figures: {warning}", _TEXT), indent=1)
    for problem in decision.waiver_problems:
        yield Line(clean(f"A waiver that is malformed did not count: {problem}", _TEXT), indent=1)


_APPLIES = {
    Applies.YES: "applies",
    Applies.NO: "does not apply",
    Applies.CANNOT_TELL: "may apply: what is needed to tell is not known",
}


def _policies(decision: Decision, found: Sequence[Concerned]) -> Iterator[Part]:
    if decision.verdict is Verdict.ERROR:
        yield Line("None was asked: they could not be applied.", indent=1)
    elif not found:
        yield Line("There is no policy.", indent=1)
    for each in found:
        judgement = each.judgement
        verdict = "" if judgement is None else f": {_said(decision, judgement)}"
        name = clean(each.policy.name, NAME_LIMIT)
        yield Line(f"{name} {_APPLIES[each.applies]}{verdict}", indent=1, strong=True)
        if not each.is_recorded_whole and each.unmatched is not None:
            yield Line(clean(each.unmatched.reason, _TEXT), indent=2)
        elif not each.asked:
            yield Line("it names no condition, so it applies to every job", indent=2)
        if each.asked:
            yield Grid(
                "conditions",
                tuple((each.answer.value, asked_words(each)) for each in each.asked),
                2,
            )


def _said(decision: Decision, judgement: Judgement) -> str:
    observed = ", observed only" if judgement.mode is Mode.OBSERVE else ""
    several = len(decision.evaluation.judgements) > 1
    worst = several and judgement is deciding_judgement(decision)
    return f"{spoken(judgement.verdict)}{observed}{', none is worse: it decides' if worst else ''}"


def _judged(decision: Decision, found: Sequence[Concerned], shown: Shown) -> Iterator[Section]:
    for each in found:
        judgement = each.judgement
        if judgement is None or not judgement.candidates:
            continue
        name = clean(each.policy.name, NAME_LIMIT)
        yield Section(f"The order under {name}", tuple(order_parts(judgement, shown)))
        told = f"Each limit of {name}"
        yield Section(told, tuple(limits_parts(decision, judgement, shown)))


def _turning(decision: Decision, turning: Turning, shown: Shown) -> Iterator[Part]:
    if turning.ways:
        which = "any one of these" if len(turning.ways) > 1 else "this change"
        more = " (there are other ways, which change more)" if turning.more_ways else ""
        yield Line(f"The gate opens with {which}, and with nothing smaller{more}:", indent=1)
    for rank, way in enumerate(turning.ways, start=1):
        yield Line(way_words(way), word=f"{rank}.", indent=2)
    for words in (turning.closed_because, observing_words(decision, turning)):
        if words:
            yield Line(words, indent=1)
    yield from _headroom(decision, turning)
    yield from _wanted(decision, turning, shown)
    if turning.nearest_policies:
        yield Line("Nearest to applying:", indent=1)
        for each in turning.nearest_policies[:_POLICIES]:
            name = clean(each.policy.name, NAME_LIMIT)
            yield Line(f"{name}: {unmet_words(each)}", indent=2)
    steps = other_steps(turning)
    if steps:
        yield Line("Next steps:", indent=1)
    for rank, step in enumerate(steps, start=1):
        yield Line(step, word=f"{rank}.", indent=2)


def _headroom(decision: Decision, turning: Turning) -> Iterator[Part]:
    if not decision.verdict.opens_gate:
        return
    if not turning.headroom:
        yield Line("No tighter number of any one limit closes the gate.", indent=1)
        return
    several = len(decision.evaluation.judgements) > 1
    yield Line("Each limit alone may be tightened so far, and no further:", indent=1)
    yield Grid(
        "headroom", tuple(headroom_row(room, several=several) for room in turning.headroom), 2
    )
    closest = closest_words(decision)
    if closest:
        yield Line(closest, indent=1)


def _wanted(decision: Decision, turning: Turning, shown: Shown) -> Iterator[Part]:
    """What each candidate that is not let in would have to be, as the policies stand."""
    wanted = wanted_shown(turning, shown)
    if not wanted:
        return
    every = any(each.judgement.policy.candidates.at_least != 1 for each in wanted)
    lead = (
        "In the way, the nearest first; as the policies stand they need"
        if every
        else ("As the policies stand, the nearest first, they would need")
    )
    yield Line(f"{lead}:", indent=1)
    several = len({each.judgement.policy.name for each in wanted}) > 1
    yield Grid("wanted", tuple(_wanted_row(each, several=several) for each in wanted), 2)


def _wanted_row(wanted: Wanted, *, several: bool) -> tuple[str, ...]:
    name = clean(wanted.candidate.configuration, NAME_LIMIT)
    policy = f" in {clean(wanted.judgement.policy.name, NAME_LIMIT)}" if several else ""
    return f"{name}{policy}", wanted_words(wanted)


def _evidence(decision: Decision, origin: Origin) -> Iterator[Part]:
    snapshot, judgements = decision.snapshot, decision.evaluation.judgements
    revisions = ", ".join(revision(each.policy) for each in judgements)
    rows = [
        ("decision", decision.key),
        ("snapshot", snapshot.digest),
        ("policies", f"{decision.policies_digest}, engine {ENGINE}"),
        ("judged by", revisions),
        ("job", clean(snapshot.job_arn or snapshot.job_name, _TEXT)),
        ("model", clean(snapshot.model_package_arn or snapshot.model_name or "", _TEXT)),
        ("started by", whose(decision)),
        ("page", origin.page),
    ]
    yield Grid("evidence", tuple((name, told) for name, told in rows if told))
    yield Line(when(decision, recorded=origin.recorded), indent=1, quiet=True)

"""What would turn a verdict, in words and as it is told to programs."""

from dataclasses import dataclass

from recgate.domain.candidate import Candidate
from recgate.domain.catalogue import NUMERIC_LIMITS, Direction
from recgate.domain.changed_evaluation import can_be_tried
from recgate.domain.decision import Decision
from recgate.domain.evaluation import Judgement
from recgate.domain.limit_change import Change
from recgate.domain.limits import Finding
from recgate.domain.nearest_miss import distance
from recgate.domain.reading import comparable
from recgate.domain.turning import Headroom, Needs, Way, headroom, needs, ways_in
from recgate.domain.verdict import Verdict
from recgate.rendering.advice.next_steps import next_steps
from recgate.rendering.advice.policy_changes import digits
from recgate.rendering.amounts import exact, number
from recgate.rendering.explanation.conditions import Concerned, asked_words, concerned_of
from recgate.rendering.explanation.parts import Shown
from recgate.rendering.explanation.selection import is_shown
from recgate.rendering.safe_text import clean
from recgate.rendering.words import NAME_LIMIT, spoken

WAYS = 3
"""How many ways to open the gate are told: with more of them nobody would compare them."""

_OR = "Or "
_TEXT = 200
_LONG = 600


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one candidate needs under one policy that it does not meet."""

    judgement: Judgement
    place: int
    candidate: Candidate
    needs: Needs


@dataclass(frozen=True, slots=True)
class Turning:
    """All that is told of what would turn a verdict.

    ``more_ways``: there are others, which change more. ``closed_because`` says why no change of
    limits opens a closed gate. ``wanted`` is in the order of nearness, ``nearest_policies`` in
    that of fewest conditions unmet.
    """

    ways: tuple[Way, ...]
    more_ways: bool
    closed_because: str
    headroom: tuple[Headroom, ...]
    wanted: tuple[Wanted, ...]
    nearest_policies: tuple[Concerned, ...]
    next_steps: tuple[str, ...]


def turning_of(decision: Decision) -> Turning:
    """What would turn the verdict of a decision."""
    evaluation = decision.evaluation
    wanted = tuple(
        Wanted(judgement, place, row, needs(judgement, place))
        for judgement in evaluation.judgements
        for place, row in enumerate(judgement.candidates)
        if not judgement.verdict_on(place).opens_gate
    )
    ways = ways_in(decision, most=WAYS + 1)
    uncovered = decision.verdict is Verdict.UNCOVERED
    concerned = concerned_of(evaluation, decision.snapshot) if uncovered else ()
    return Turning(
        ways=ways[:WAYS],
        more_ways=len(ways) > WAYS,
        closed_because="" if ways else _closed_because(decision, wanted),
        headroom=headroom(decision),
        wanted=tuple(sorted(wanted, key=_nearness)),
        nearest_policies=concerned,
        next_steps=next_steps(decision),
    )


def _nearness(wanted: Wanted) -> tuple[bool, tuple[int, int, int, float]]:
    return wanted.needs.unjudged, distance(wanted.judgement.findings(wanted.place))


def _closed_because(decision: Decision, wanted: tuple[Wanted, ...]) -> str:
    evaluation = decision.evaluation
    if decision.verdict.opens_gate or not evaluation.judgements:
        return ""
    if decision.verdict is Verdict.NO_RESULT:
        return ""
    if any(entry.in_doubt for entry in evaluation.unmatched):
        return (
            "No change of a limit opens the gate: whether a policy applies is not known, and that "
            "comes first."
        )
    if not can_be_tried(decision):
        return (
            "No change was tried: the record, of an earlier version of recgate, does not say which "
            "recommendations each policy concerned."
        )
    short = _too_few(evaluation.judgements)
    if short:
        return f"No change of a limit opens the gate: {short}."
    if all(each.needs.obstacles or each.needs.unjudged for each in wanted):
        what = "what is missing, or what the job itself is, is mended by no number in a policy"
        return f"No change of a limit opens the gate: {what}."
    return (
        "No change of limits was found that opens the gate: too few configurations can be let in "
        "that way."
    )


def _too_few(judgements: tuple[Judgement, ...]) -> str:
    for judgement in judgements:
        needed, rows = judgement.policy.candidates.at_least, len(judgement.candidates)
        if needed is not None and needed > rows:
            policy = clean(judgement.policy.name, NAME_LIMIT)
            return f"policy {policy} wants {needed} configurations, and the job has {rows}"
    return ""


def observing_words(decision: Decision, turning: Turning) -> str:
    """What ``mode: observe`` would do, where nothing else turns the verdict; else empty."""
    if turning.ways or decision.verdict is not Verdict.FAIL:
        return ""
    failed = [each for each in decision.evaluation.judgements if each.verdict is Verdict.FAIL]
    if not failed:
        return ""
    names = clean(", ".join(each.policy.name for each in failed), NAME_LIMIT)
    others = [each.verdict for each in decision.evaluation.judgements if each not in failed]
    left = max((Verdict.WOULD_FAIL, *others), key=lambda verdict: verdict.rank)
    told = ": told, not enforced" if left is Verdict.WOULD_FAIL else ""
    return (
        f"mode: observe in policy {names} would make it {spoken(left)}{told}; the gate would stay "
        "closed."
    )


def change_words(change: Change) -> str:
    """``set max_cost_per_hour_usd to 2.812 (now 2.5)``, as a message's next steps say it."""
    if change.to is not None:
        now = "" if change.now is None else f" (now {digits(change.now)})"
        return f"set {change.limit} to {digits(change.to)}{now}"
    said = []
    if change.undeny:
        denied = clean(", ".join(change.undeny), NAME_LIMIT)
        said.append(f"take {denied} out of deny of {change.limit}")
    if change.allow:
        said.append(f"add {clean(', '.join(change.allow), NAME_LIMIT)} to allow of {change.limit}")
    return " and ".join(said)


def way_words(way: Way) -> str:
    """``In policy prod, set … to … (now …): lets in ml.g6.xlarge × 2, and gives WARN.``"""
    by_policy: dict[str, list[str]] = {}
    for change in way.changes:
        by_policy.setdefault(change.policy, []).append(change_words(change))
    told = "; ".join(
        f"in policy {clean(policy, NAME_LIMIT)} {' and '.join(changes)}"
        for policy, changes in by_policy.items()
    )
    names = dict.fromkeys(clean(row.configuration, NAME_LIMIT) for row in way.lets_in)
    who = f"lets in {', '.join(list(names)[:WAYS])}"
    more = f" and {len(names) - WAYS} more" if len(names) > WAYS else ""
    return clean(f"{told[:1].upper()}{told[1:]}: {who}{more}; {spoken(way.verdict)}.", _LONG)


def wanted_shown(turning: Turning, shown: Shown) -> tuple[Wanted, ...]:
    """Those of the candidates and policies that are asked about."""
    return tuple(
        each
        for each in turning.wanted
        if is_shown(each.candidate, shown) and shown.policy in (None, each.judgement.policy.name)
    )


def wanted_words(wanted: Wanted) -> str:
    """What a candidate would have to be, as the policy stands: ``cost/hour $2.50 or less (now
    $2.812, 11% less)``.
    """
    if wanted.needs.unjudged:
        return "a limit that exists for its kind: nothing was compared"
    findings = [each for each in wanted.judgement.findings(wanted.place) if each.is_miss]
    return clean("; ".join(map(_to_be_met, findings)), _LONG)


def _to_be_met(finding: Finding) -> str:
    label = clean(finding.label, NAME_LIMIT)
    at_least = finding.direction is Direction.AT_LEAST
    bound = finding.warn if finding.fail is None else finding.fail
    if finding.limit not in NUMERIC_LIMITS or bound is None:
        value = (
            "" if finding.observed is None else f" (it is {clean(finding.observed, NAME_LIMIT)})"
        )
        return f"{label} {clean(finding.rule, _TEXT) or 'that the policy allows'}{value}"
    asked = f"{exact(bound, finding.unit)} or {'more' if at_least else 'less'}"
    if not isinstance(finding.observed, float | int):
        return f"{label} measured at {asked}"
    now = f"now {exact(finding.observed, finding.unit)}"
    return f"{label} {asked} ({now}, {_share_less(finding.observed, bound)})"


def _share_less(value: float, bound: float) -> str:
    mine, wanted = comparable(value), comparable(bound)
    if not mine:
        return "it is 0"
    share = abs(mine - wanted) / abs(mine) * 100
    return f"{number(share, '')}% {'less' if wanted < mine else 'more'} is needed"


def other_steps(turning: Turning) -> tuple[str, ...]:
    """The next steps that are not one of the ways, said once more."""
    steps = [
        step
        for step in turning.next_steps
        if not any(all(change_words(each) in step for each in way.changes) for way in turning.ways)
    ]
    if steps and steps[0].startswith(_OR):  # what it is the other choice to stands above
        steps[0] = steps[0][len(_OR) : len(_OR) + 1].upper() + steps[0][len(_OR) + 1 :]
    return tuple(steps)


def unmet_words(concerned: Concerned) -> str:
    """What keeps a policy from applying, all of it."""
    if not concerned.is_recorded_whole and concerned.unmatched is not None:
        return clean(concerned.unmatched.reason, _LONG)
    return clean("; ".join(map(asked_words, concerned.unmet)), _LONG)

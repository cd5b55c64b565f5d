"""The verdict and why, in one paragraph."""

from recgate.domain.decision import Decision
from recgate.domain.evaluation import Judgement
from recgate.domain.nearest_miss import nearest_miss
from recgate.domain.notice import TriggerSource
from recgate.domain.policy import Mode
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.amounts import scale_of
from recgate.rendering.callers import caller
from recgate.rendering.headline import compliant, told_candidate
from recgate.rendering.safe_text import clean
from recgate.rendering.story import spoken_time
from recgate.rendering.words import (
    NAME_LIMIT,
    finding_words,
    nearest_said,
    spoken,
)

_TEXT = 400
_LONG = 1_200
_NAMED = 3


def why(decision: Decision) -> str:
    """A paragraph: the gate, what decided, and on which configuration."""
    verdict = decision.verdict
    gate = f"The gate is {'open' if verdict.opens_gate else 'closed'}."
    return clean(" ".join([gate, *_sentences(decision)]), _LONG)


def _sentences(decision: Decision) -> list[str]:
    evaluation, snapshot = decision.evaluation, decision.snapshot
    match decision.verdict:
        case Verdict.ERROR:
            return [
                "Nothing was judged, and nothing is approved: "
                f"{clean(evaluation.reason, _TEXT) or 'a fault'}.",
                *(f"{clean(problem, _TEXT)}." for problem in evaluation.problems[:_NAMED]),
            ]
        case Verdict.NO_RESULT:
            reason = clean(evaluation.reason, _TEXT)
            said = clean(snapshot.failure_reason or "", _TEXT)
            because = [f"SageMaker's reason: {said}."] if said else []
            return [f"There is nothing to judge: {reason}.", *because]
        case Verdict.UNCOVERED:
            asked = len(evaluation.unmatched)
            return [
                "No policy applies to this job, so nobody has said what it must meet, and what "
                "nobody asked for is not approved.",
                f"{asked} {'policy was' if asked == 1 else 'policies were'} asked."
                if asked
                else "There is no policy at all.",
            ]
    judgement = deciding_judgement(decision)
    if judgement is None:
        return [f"{_capital(clean(evaluation.reason, _TEXT))}."]
    also = [f"{_capital(clean(evaluation.reason, _TEXT))}."] if evaluation.reason else []
    return [*_decided(decision, judgement), *also]


def deciding_judgement(decision: Decision) -> Judgement | None:
    """The judgement that gives the verdict; None where it is that of no single policy."""
    judgement = decision.evaluation.deciding
    if judgement is None or decision.verdict is Verdict.NO_RESULT:
        return None  # there was nothing to judge, under whatever policy
    return judgement if judgement.verdict is decision.verdict else None


def _decided(decision: Decision, judgement: Judgement) -> list[str]:
    """What the deciding policy asks, and how far the job is from it."""
    said = [f"{_policy(decision, judgement)} It {_count(judgement)}"]
    if judgement.mode is Mode.OBSERVE:
        begins = judgement.policy.enforce_from
        until = f" before {begins.isoformat()}" if begins and begins > decision.judged_on else ""
        said.append(f"The policy only observes{until}: what fails is told, not enforced.")
    said += _told(decision, judgement)
    return said


def _policy(decision: Decision, judgement: Judgement) -> str:
    name = clean(judgement.policy.name, NAME_LIMIT)
    others = len(decision.evaluation.judgements)
    worst = f" decides, of the {others} that apply none is worse:" if others > 1 else " says"
    return f"Policy {name}{worst} {spoken(judgement.verdict)}."


def _count(judgement: Judgement) -> str:
    rows, limits = len(judgement.candidates), len(judgement.policy.limits)
    comply = sum(judgement.verdict_on(place).opens_gate for place in range(rows))
    needed = judgement.policy.candidates.at_least
    all_limits = f"all of its {limits} limits" if limits > 1 else "its one limit"
    if needed is None:
        wanted = f"every configuration to meet {all_limits}"
    elif needed == 1:
        wanted = f"one configuration that meets {all_limits}"
    else:
        wanted = f"{needed} configurations that meet {all_limits}"
    if not comply:
        do = "none is known to" if judgement.verdict is Verdict.UNKNOWN else "none does"
    elif comply == rows:
        do = "all do" if rows > 1 else "it does"
    else:
        do = f"{comply} {'does' if comply == 1 else 'do'}"
    return f"wants {wanted}; of {rows}, {do}."


def _told(decision: Decision, judgement: Judgement) -> list[str]:
    """The configuration on which it rests, with the limits that make the verdict."""
    scale = scale_of(decision)
    best = compliant(decision.evaluation)
    if best is not None:
        name = clean(best.configuration, NAME_LIMIT)
        place = told_candidate(judgement, best)
        noted = () if place is None else judgement.findings(place)
        remarks = [
            finding_words(each, scale)
            for each in noted
            if each.outcome in (Outcome.WARN, Outcome.WARN_MISSING, Outcome.WAIVED)
        ]
        noted_words = f" It is accepted with: {', and '.join(remarks)}." if remarks else ""
        return [f"The one to deploy is {name}.{noted_words}"]
    nearest = nearest_miss(judgement)
    if nearest is None:
        return []
    said = nearest_said(nearest)
    return [f"The nearest is {said.configuration}: {said.misses}; it passes {said.cures}."]


_TRIGGERS = {
    TriggerSource.SWEEP: "the sweep",
    TriggerSource.CLOUDTRAIL: "a call that CloudTrail told of",
    TriggerSource.NATIVE_EVENT: "an event of SageMaker's",
    TriggerSource.COMMAND_LINE: "somebody at a command line",
    TriggerSource.PROGRESS: "a look at the running job",
}


def when(decision: Decision, *, recorded: bool) -> str:
    """The day, the moment and the cause: what is not the same when it is judged again."""
    trigger = decision.trigger
    event = f", event {clean(trigger.event_id, NAME_LIMIT)}" if trigger.event_id else ""
    of = clean(trigger.redrive_of or "", NAME_LIMIT)
    again = f", again for event {of}" if of else ""
    kept = "As it was recorded then" if recorded else "Recorded nowhere"
    return (
        f"Judged on {decision.judged_on.isoformat()} (UTC), at the request of "
        f"{_TRIGGERS[trigger.source]}{event}{again}; decided {spoken_time(decision.decided_at)}. "
        f"{kept}."
    )


def whose(decision: Decision) -> str:
    """Who started the job, if that is known."""
    created = decision.created
    return caller(created) if created else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:] if text else "No reason is recorded"

"""The verdict in a sentence or two, under the headline: the only place for an emoji."""

from collections.abc import Sequence

from recgate.domain.decision import Decision
from recgate.domain.evaluation import Judgement
from recgate.domain.job import JobStatus, Snapshot
from recgate.domain.policy import Mode
from recgate.domain.telling import Telling
from recgate.domain.verdict import Verdict
from recgate.rendering.amounts import scale_of
from recgate.rendering.headline import NO_VERDICT, compliant, price_words
from recgate.rendering.slack.parts import Block, Room, code, escaped, section
from recgate.rendering.story import Story
from recgate.rendering.waiver_words import people_words, until_words, used_waivers
from recgate.rendering.words import NAME_LIMIT, job_failed, spoken, verdict_word

_EMOJI = {
    Verdict.PASS: ":large_green_circle:",
    Verdict.WARN: ":large_yellow_circle:",
    Verdict.WAIVED: ":large_blue_circle:",
    Verdict.WOULD_FAIL: ":large_orange_circle:",
    Verdict.UNCOVERED: ":white_circle:",
    Verdict.NO_RESULT: ":black_square_for_stop:",
    Verdict.UNKNOWN: ":large_yellow_circle:",
    Verdict.FAIL: ":red_circle:",
    Verdict.ERROR: ":warning:",
}

_NOT_APPROVED = "Treated as *not approved* until it can be"
_NAMES = 3
_WAIVERS = 2
"""So many waivers are told beside the verdict; the notes tell of all of them."""
_BEST = {
    Verdict.PASS: "Cheapest compliant:",
    Verdict.WARN: "Cheapest with the fewest warnings:",
    Verdict.WAIVED: "Allowed by the waiver:",
}


def verdict_block(telling: Telling, story: Story, mentioned: str, room: Room) -> Block:
    """The verdict word with its emoji, what it means, and whom it concerns (may be empty)."""
    decision = telling.decision
    emoji = ":x:" if job_failed(decision) else _EMOJI[decision.verdict]
    said, *more = _said(decision, story, room)
    lines = [f"{emoji} *{verdict_word(decision)}*{said}", *more]
    if story.label:
        lines[0] = f"*{escaped(story.label, room.line)}: {NO_VERDICT}.* {lines[0]}"
    if telling.former is not None and telling.former is not decision.verdict:
        lines.append(f"It was *{spoken(telling.former)}* before")
    asked = _asked(decision)
    if asked and not story.label:
        lines.append(f"{mentioned} {asked}" if mentioned else asked[0].upper() + asked[1:])
    return section("verdict", "\n".join(lines))


def _asked(decision: Decision) -> str:
    """What people are called for; empty where nobody is."""
    if decision.verdict is Verdict.FAIL:
        return "please decide: change the model, the configurations it is tested on, or the policy"
    if job_failed(decision):
        return "please look: the job has to be mended and started again"
    return ""


def _said(decision: Decision, story: Story, room: Room) -> list[str]:
    match decision.verdict:
        case Verdict.PASS | Verdict.WARN | Verdict.WAIVED:
            return _open(decision, story, room)
        case Verdict.FAIL:
            return [f", {_failed(decision, room)}"]
        case Verdict.WOULD_FAIL:
            return [f", {_failed(decision, room)}", _observed(decision)]
        case Verdict.UNKNOWN:
            return [f", {_undecided(decision, room)}", _NOT_APPROVED]
        case Verdict.NO_RESULT:
            return _without_result(decision, room)
        case Verdict.UNCOVERED:
            return [f", {_uncovered(decision)}", "Treated as *not approved* until one does"]
        case Verdict.ERROR:
            why = "the policies could not be applied"
            return [f", {why}", "Nothing is approved, and nothing was judged"]


def _open(decision: Decision, story: Story, room: Room) -> list[str]:
    judgements, best = decision.evaluation.judgements, compliant(decision.evaluation)
    met, total = _counts(decision)
    policies = policies_said(judgements, room)
    lines = [f", {_share(met, total)} {policies}{_demand(judgements)}"]
    if decision.verdict is Verdict.WARN:
        lines[0] += ", with warnings"
    if decision.verdict is Verdict.WAIVED:
        lines[0] = f", which is not a pass: no configuration meets {policies} without the waiver"
        lines += [
            f"*Waiver:* {code(waiver.id, room.line)} "
            + escaped(
                f"{until_words(waiver, decision.judged_on)}, {people_words(waiver)}", room.line
            )
            for waiver in used_waivers(judgements)[:_WAIVERS]
        ]
    if {judgement.mode for judgement in judgements} == {Mode.OBSERVE}:
        lines[0] += " (observed only)"
    if best is None:
        return lines
    price = price_words(best, scale_of(decision))
    amount, _, rest = price.partition(", ")
    at = f" at *{amount}*{', ' + rest if rest else ''}" if price else ""
    lead = "Configuration:" if total == 1 else _BEST[decision.verdict]
    lines.append(f"*{lead}* {code(best.configuration, room.line)}{at}")
    if story.existing and story.rows and story.rows[0].gain:
        lines.append(f"*Over the existing endpoint:* {escaped(story.rows[0].gain, room.line)}")
    return lines


def _counts(decision: Decision) -> tuple[int, int]:
    """How many configurations meet every policy that concerns them, and how many there are."""
    meets: dict[int, bool] = {}
    for judgement in decision.evaluation.judgements:
        for place, row in enumerate(judgement.candidates):
            opens = judgement.verdict_on(place).opens_gate
            meets[id(row)] = meets.get(id(row), True) and opens
    return sum(meets.values()), len(meets)


def _share(met: int, total: int) -> str:
    if total == 1:
        return "the only configuration meets" if met else "the only configuration does not meet"
    if not met:
        return f"none of {total} configurations meets"
    return f"{met} of {total} configurations {'meets' if met == 1 else 'meet'}"


def _demand(judgements: Sequence[Judgement]) -> str:
    """How many must comply, where one is not enough."""
    needed = {judgement.policy.candidates.at_least for judgement in judgements}
    if None in needed:
        return ", and all must"
    most = max((each for each in needed if each is not None), default=1)
    return f", and at least {most} must" if most > 1 else ""


def policies_said(judgements: Sequence[Judgement], room: Room) -> str:
    """The names of the policies: "`prod-realtime` and `dev`"."""
    names = [code(judgement.policy.name, min(NAME_LIMIT, room.line)) for judgement in judgements]
    if len(names) > _NAMES:
        return f"{names[0]} and {len(names) - 1} more policies"
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)


def _failed(decision: Decision, room: Room) -> str:
    judgement = decision.evaluation.deciding
    if judgement is None or judgement.verdict is not decision.verdict:
        policies = policies_said(decision.evaluation.judgements, room)
        return f"each policy is met, but no one configuration meets {policies} at once"
    total = len(judgement.candidates)
    met = sum(judgement.verdict_on(place).opens_gate for place in range(total))
    if not total:
        return f"no configuration meets {policies_said([judgement], room)}"
    demand = _demand([judgement]) if met else ""
    return f"{_share(met, total)} {policies_said([judgement], room)}{demand}"


def _observed(decision: Decision) -> str:
    """From when on it counts, where that is known."""
    judgement = decision.evaluation.deciding
    policy = judgement.policy if judgement else None
    starts = policy.enforce_from if policy and policy.mode is Mode.ENFORCE else None
    if starts is not None and starts > decision.judged_on:
        when = f"{starts.day} {starts:%b %Y}"
        return f"Observed only: this counts as FAIL from *{when}* on. It approves nothing"
    return "Observed only: this does not count as FAIL. It approves nothing"


def _undecided(decision: Decision, room: Room) -> str:
    judgement, unmatched = decision.evaluation.deciding, decision.evaluation.unmatched
    if judgement is not None and judgement.verdict is Verdict.UNKNOWN:
        return f"{policies_said([judgement], room)} cannot be decided from this job"
    doubts = [code(entry.policy.name, room.line) for entry in unmatched if entry.in_doubt]
    if not doubts:
        return "it cannot be decided from this job"
    more = f" (and {len(doubts) - 1} more)" if len(doubts) > 1 else ""
    return f"it cannot be told whether {doubts[0]}{more} applies to this job"


def _uncovered(decision: Decision) -> str:
    there = len(decision.evaluation.unmatched)
    if not there:
        return "there is no policy that could apply to this job"
    return f"none of {there} policies applies" if there > 1 else "the only policy does not apply"


def _without_result(decision: Decision, room: Room) -> list[str]:
    snapshot = decision.snapshot
    ended, total = _tests(snapshot)
    if snapshot.status is JobStatus.FAILED:
        if not total:
            return [", the job ended without a result, so there is no verdict"]
        if not ended:
            return [", no benchmark finished, so there is no verdict"]
        return [
            f" after {ended} of {total} load tests, so there is no verdict",
            "Partial results are not used for policy decisions",
        ]
    if snapshot.status is JobStatus.STOPPED:
        after = f" after {ended} of {total} load tests" if total else ""
        return [f"{after}, no verdict", "Partial results are not used for policy decisions"]
    reason = decision.evaluation.reason or "there is nothing to judge"
    return [f", {escaped(reason, room.line)}", "Treated as *not approved*: there is no evidence"]


def _tests(snapshot: Snapshot) -> tuple[int, int]:
    """Load tests that completed, and all that SageMaker lists."""
    done = sum(step.status == JobStatus.COMPLETED for step in snapshot.steps)
    return done, len(snapshot.steps)

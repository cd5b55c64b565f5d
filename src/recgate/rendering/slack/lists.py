"""The lists of a message, which both forms with blocks have, and what there is no room for."""

from dataclasses import dataclass

from recgate.domain.decision import Decision
from recgate.domain.evaluation import Judgement
from recgate.domain.limits import Finding
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.amounts import scale_of
from recgate.rendering.callers import caller, told_requests
from recgate.rendering.headline import compliant
from recgate.rendering.safe_text import clean
from recgate.rendering.slack.parts import Room
from recgate.rendering.story import LINE_LIMIT, Story, spoken_time
from recgate.rendering.words import finding_words, job_failed


@dataclass(frozen=True, slots=True)
class Listed:
    """A list with its heading; ``part`` names its block."""

    part: str
    heading: str
    lines: tuple[str, ...]


def lists_before(decision: Decision, story: Story) -> list[Listed]:
    """What stands above the reasons: what went wrong, and which policies do not apply."""
    uncovered = decision.verdict is Verdict.UNCOVERED
    policies = "Why no policy applies" if uncovered else "Policies that may apply"
    return _there(
        [
            Listed("problems", "What went wrong", story.problems),
            Listed("policies", policies, story.unmatched),
        ]
    )


def steps(decision: Decision, story: Story) -> Listed | None:
    """What to do; the steps against the likely cause are among them."""
    lines = story.next_steps or (story.cause.next_steps if story.cause else ())
    undecided = decision.verdict in (Verdict.UNKNOWN, Verdict.NO_RESULT, Verdict.UNCOVERED)
    heading = "How to get a verdict" if undecided and not job_failed(decision) else "Next steps"
    return Listed("next", heading, lines) if lines else None


def lists_after(story: Story, room: Room) -> list[Listed]:
    """What is dropped first when room is short: the notes."""
    notes = story.notes[: room.notes]
    return _there(
        [
            Listed("benchmarks", "Failed benchmarks", story.failed_steps),
            Listed("notes", "Notes", notes),
        ]
    )


def left_out(story: Story, room: Room) -> str:
    """What there was no room for, in a line; nothing disappears silently."""
    counts = {
        "more policies": len(story.reasons) - room.policies,
        "more configurations": len(story.rows) - room.rows,
        "notes": len(story.notes) - room.notes,
    }
    return ", ".join(f"{count} {thing}" for thing, count in counts.items() if count > 0)


def also_met(decision: Decision) -> str:
    """The limits without a number that the configuration to deploy meets, in words."""
    best, scale = compliant(decision.evaluation), scale_of(decision)
    found = [
        finding_words(finding, scale)
        for judgement in decision.evaluation.judgements
        for finding in _findings_on(judgement, best)
        if finding.fail is None and finding.warn is None and finding.outcome is Outcome.PASS
    ]
    return clean("; ".join(dict.fromkeys(found)), LINE_LIMIT)


def _findings_on(judgement: Judgement, row: object) -> tuple[Finding, ...]:
    for place, candidate in enumerate(judgement.candidates):
        if candidate is row:
            return judgement.findings(place)
    return ()


def stopped_words(decision: Decision) -> tuple[str, str]:
    """Who stopped the job, and when; empty for what is not known."""
    request = told_requests(decision).get("stopped")
    if request is None:
        return "", ""
    return caller(request), spoken_time(request.at) if request.at else ""


def _there(lists: list[Listed]) -> list[Listed]:
    return [each for each in lists if each.lines]

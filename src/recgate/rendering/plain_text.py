"""The plain text of a decision: for a console, for e-mail."""

from recgate.domain.decision import Decision
from recgate.domain.notice import Request
from recgate.rendering.callers import caller, told_requests
from recgate.rendering.headline import subject, summary
from recgate.rendering.safe_text import clean, first
from recgate.rendering.story import Reasons, Story, spoken_time, story_of
from recgate.rendering.words import NAME_LIMIT

_RULE = "-" * 66
_WIDE = 200
_ROWS_LIMIT = 50
_POLICIES_LIMIT = 20


def plain_text(decision: Decision) -> str:
    """Several lines, the last one ended by a line break."""
    story = story_of(decision)
    parts = [
        [subject(decision), summary(decision)],
        _why(story),
        _section("REASON FROM SAGEMAKER", story.failure_reason.splitlines(), mark="  "),
        _section("FAILED BENCHMARKS", story.failed_steps),
        _recommendations(story),
        _section("NOTES", story.notes),
        [_RULE, *_facts(decision, story)],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _section(heading: str, lines: tuple[str, ...] | list[str], *, mark: str = "  - ") -> list[str]:
    return [heading, *(mark + line for line in lines)] if lines else []


def _why(story: Story) -> list[str]:
    lines = [f"  - {problem}" for problem in story.problems]
    for reasons in story.reasons[:_POLICIES_LIMIT]:
        lines += _policy(reasons)
    if len(story.reasons) > _POLICIES_LIMIT:
        lines.append(f"  … {len(story.reasons) - _POLICIES_LIMIT} more policies")
    lines += [f"  - {line}" for line in story.unmatched]
    return ["WHY", *lines] if lines else []


def _policy(reasons: Reasons) -> list[str]:
    lines = [f"  {reasons.heading}", *(f"  - {line}" for line in reasons.lines)]
    return [*lines, f"  {reasons.nearest}"] if reasons.nearest else lines


def _recommendations(story: Story) -> list[str]:
    lines = []
    for place, row in enumerate(story.rows, start=1):
        verdict = f"{row.verdict} ({row.why})" if row.why else row.verdict
        cells = [row.configuration, *row.with_units(story.columns), verdict]
        lines.append(f"{place}. {' | '.join(cells)}")
    return _section("RECOMMENDATIONS", first(lines, _ROWS_LIMIT), mark="  ")


def _facts(decision: Decision, story: Story) -> list[str]:
    snapshot = decision.snapshot
    policies = [judgement.policy.name for judgement in decision.evaluation.judgements]
    ended = snapshot.ended_at or snapshot.modified_at
    facts = {
        "Job": clean(snapshot.job_name, _WIDE),
        "Policy": clean(", ".join(policies), _WIDE) or "none",
        "Account": clean(snapshot.account or "not known", NAME_LIMIT),
        "Region": clean(snapshot.region or "not known", NAME_LIMIT),
        **{done.title(): _request(request) for done, request in told_requests(decision).items()},
        "Ended": spoken_time(ended) if ended else "not known",
        "Decided": spoken_time(decision.decided_at),
        "Console": story.job_url,
        "Decision": decision.key,
    }
    return [f"{name:<9}{value}" for name, value in facts.items() if value]


def _request(request: Request) -> str:
    """``by dana (role ml-engineer), 21 Nov 2026, 04:40 UTC``."""
    by = f"by {caller(request)}"
    return f"{by}, {spoken_time(request.at)}" if request.at else by

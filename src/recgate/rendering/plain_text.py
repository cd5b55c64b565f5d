"""The plain text of a decision: for a console, for e-mail.

Mail clients use proportional fonts, so nothing here is aligned by spaces.
"""

from recgate.domain.decision import Decision
from recgate.domain.notice import Request
from recgate.domain.telling import Telling
from recgate.domain.verdict import Outcome
from recgate.rendering.callers import caller, told_requests
from recgate.rendering.headline import told_headline
from recgate.rendering.headroom import Figure
from recgate.rendering.safe_text import clean, first
from recgate.rendering.story import Reasons, Story, spoken_time, story_of
from recgate.rendering.story_rows import GAIN_HEADING, Row
from recgate.rendering.words import NAME_LIMIT

_RULE = "-" * 66
_WIDE = 200
_ROWS_LIMIT = 50
_POLICIES_LIMIT = 20


def plain_text(telling: Telling) -> str:
    """Several lines, the last one ended by a line break."""
    decision, story = telling.decision, story_of(telling)
    parts = [
        [told_headline(telling)],
        _section("SENT HERE BECAUSE", story.stood_in),
        _why(story),
        _headroom(story),
        _section("LIKELY CAUSE", [story.cause.cause] if story.cause else []),
        _section("REASON FROM SAGEMAKER", story.failure_reason.splitlines(), mark="  "),
        _section("FAILED BENCHMARKS", story.failed_steps),
        _recommendations(story),
        _numbered("NEXT STEPS", story.next_steps),
        _section("NOTES", story.notes),
        [_RULE, *_facts(decision, story)],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _section(heading: str, lines: tuple[str, ...] | list[str], *, mark: str = "  - ") -> list[str]:
    return [heading, *(mark + line for line in lines)] if lines else []


def _numbered(heading: str, lines: tuple[str, ...]) -> list[str]:
    numbered = [f"{place}. {line}" for place, line in enumerate(lines, start=1)]
    return _section(heading, numbered, mark="  ")


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


def _headroom(story: Story) -> list[str]:
    """How far the nearest configuration is from each limit; of the best one, WHY says it."""
    leads = story.leading
    if leads is None or leads.complies or not leads.figures:
        return []
    return _section(
        f"NEAREST TO COMPLIANT  {leads.configuration}", [_figure(each) for each in leads.figures]
    )


_MET = {
    Outcome.PASS: "met",
    Outcome.WARN: "a warning",
    Outcome.WARN_MISSING: "a warning",
    Outcome.IGNORED: "not checked",
    Outcome.WAIVED: "waived",
    Outcome.UNKNOWN: "cannot be decided",
    Outcome.FAIL: "not met",
}


def _figure(figure: Figure) -> str:
    met = _MET[figure.outcome]
    if not figure.value:
        return f"{figure.label} missing: {figure.missing} ({figure.bound}): {met}"
    distance = f", {figure.distance}" if figure.distance else ""
    return f"{figure.label} {figure.value} ({figure.bound}{distance}): {met}"


def _recommendations(story: Story) -> list[str]:
    lines = [f"{place}. {_cells(story, row)}" for place, row in enumerate(story.rows, start=1)]
    kept = [*first(lines, _ROWS_LIMIT), *(_cells(story, row) for row in story.existing)]
    columns = [column.heading for column in story.columns]
    gain = [GAIN_HEADING] if story.existing else []
    heading = " | ".join(["configuration", *columns, *gain, "verdict"])
    return _section(f"RECOMMENDATIONS  ({heading})", kept, mark="  ")


def _cells(story: Story, row: Row) -> str:
    verdict = f"{row.verdict} ({row.why})" if row.why else row.verdict
    return " | ".join([row.configuration, *row.with_units(story.columns), verdict])


def _facts(decision: Decision, story: Story) -> list[str]:
    snapshot = decision.snapshot
    ended = snapshot.ended_at or snapshot.modified_at
    facts = {
        "Job": clean(snapshot.job_name, _WIDE),
        "Policy": clean(", ".join(story.policies), _WIDE) or "none",
        "Account": clean(snapshot.account or "not known", NAME_LIMIT),
        "Region": clean(snapshot.region or "not known", NAME_LIMIT),
        **{done.title(): _request(request) for done, request in told_requests(decision).items()},
        "Ended": spoken_time(ended) if ended else "not known",
        "Ran": story.ran,
        "Decided": spoken_time(decision.decided_at),
        "Report": story.report_url,
        "Console": story.job_url,
        "Logs": story.logs_url,
        "Decision": decision.key,
    }
    return [f"{name}: {value}" for name, value in facts.items() if value]


def _request(request: Request) -> str:
    """``by dana (role ml-engineer), 21 Nov 2026, 04:40 UTC``."""
    by = f"by {caller(request)}"
    return f"{by}, {spoken_time(request.at)}" if request.at else by

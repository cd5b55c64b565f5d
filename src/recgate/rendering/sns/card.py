"""A decision as a card of Amazon Q Developer in chat applications."""

from recgate.domain.canonical import Json
from recgate.domain.telling import Telling
from recgate.domain.verdict import Verdict
from recgate.rendering.headline import told_headline
from recgate.rendering.safe_text import first
from recgate.rendering.sns.chatbot import Card, chatbot_document
from recgate.rendering.story import Reasons, Story, story_of
from recgate.rendering.story_rows import Row
from recgate.rendering.words import job_failed, verdict_word

_EMOJI = {
    Verdict.PASS: "🟢",
    Verdict.WARN: "🟡",
    Verdict.WAIVED: "🔵",
    Verdict.WOULD_FAIL: "🟠",
    Verdict.UNCOVERED: "⚪",
    Verdict.NO_RESULT: "⏹",
    Verdict.UNKNOWN: "🟡",
    Verdict.FAIL: "🔴",
    Verdict.ERROR: "⚠",
}
"""Colours support the word beside them: Teams and Slack both draw these."""

_ROWS, _LINES, _POLICIES = 12, 8, 5


def verdict_card(telling: Telling) -> Json:
    """The card, in Amazon Q's schema. Every message about a job is one thread."""
    decision, story = telling.decision, story_of(telling)
    snapshot = decision.snapshot
    line = told_headline(telling)
    emoji = "❌" if job_failed(decision) else _EMOJI[decision.verdict]
    word = verdict_word(decision)
    return chatbot_document(
        Card(
            key=decision.key,
            title=f"{emoji} {line}",
            summary=line,
            lines=_lines(story),
            event_type="recgate-test" if telling.label else "recgate-verdict",
            thread=snapshot.job_arn or snapshot.job_name,
            next_steps=story.next_steps,
            keywords=("recgate", word.lower(), *story.policies, snapshot.region or ""),
            resources=[arn for arn in (snapshot.job_arn, snapshot.model_package_arn) if arn],
            links={"Report": story.report_url, "Job": story.job_url, "Logs": story.logs_url},
            context={
                "Verdict": decision.verdict.value,
                "JobName": snapshot.job_name,
                "JobArn": snapshot.job_arn or "",
                "Decision": decision.key,
            },
        )
    )


def _lines(story: Story) -> list[str]:
    lines = [*story.stood_in, *story.problems]
    for reasons in story.reasons[:_POLICIES]:
        lines += _reasons(reasons)
    lines += story.unmatched[:_LINES]
    if story.cause:
        lines.append(f"Likely cause: {story.cause.cause}")
    if story.failure_reason:
        lines.append(f"SageMaker says: {story.failure_reason}")
    lines += [f"Failed benchmark: {step}" for step in story.failed_steps[:_LINES]]
    rows = [_row(story, place, row) for place, row in enumerate(story.rows, start=1)]
    rows += [_row(story, 0, row) for row in story.existing]
    return [*lines, *(["", *first(rows, _ROWS, thing="configurations")] if rows else [])]


def _reasons(reasons: Reasons) -> list[str]:
    told = [reasons.heading, *(f"• {line}" for line in first(reasons.lines, _LINES))]
    return [*told, f"• {reasons.nearest}"] if reasons.nearest else told


def _row(story: Story, place: int, row: Row) -> str:
    verdict = f"{row.verdict} ({row.why})" if row.why else row.verdict
    lead = f"{place}. " if place else ""
    return f"{lead}{' · '.join([row.configuration, *row.with_units(story.columns), verdict])}"

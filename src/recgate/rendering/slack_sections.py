"""The Slack form without lists and tables: every text is escaped, in sections."""

from collections.abc import Sequence

from recgate.domain.decision import Decision
from recgate.rendering.safe_text import cut, first, mrkdwn
from recgate.rendering.slack_limits import SECTION
from recgate.rendering.slack_parts import (
    Block,
    Room,
    context,
    facts,
    header,
    lists,
    row_verdict,
    section,
    told,
    verdict,
)
from recgate.rendering.story import Story


def section_blocks(decision: Decision, story: Story, mentioned: str, room: Room) -> list[Block]:
    """The blocks of the form of sections only, as much of them as there is room for."""
    paragraphs = [(each.heading, told(each)) for each in story.reasons[: room.policies]]
    if story.failure_reason:
        reason = cut(story.failure_reason, room.reason)
        paragraphs.append(("Reason from SageMaker", reason.splitlines()))
    paragraphs += [(heading, list(lines)) for heading, lines in lists(story)]
    rows = [
        f"{' · '.join([row.configuration, *row.with_units(story.columns)])} · {row_verdict(row)}"
        for row in story.rows
    ]
    if rows:
        paragraphs.append(("Recommendations", rows))
    left = len(story.reasons) - room.policies
    sections = [_paragraph(heading, lines, room) for heading, lines in paragraphs]
    return [
        header(decision),
        verdict(decision, mentioned),
        *sections,
        *([context(f"{left} more policies")] if left > 0 else []),
        facts(decision, story),
    ]


def _paragraph(heading: str, lines: Sequence[str], room: Room) -> Block:
    limit = (SECTION - 100) // (room.lines + 1)
    kept = [mrkdwn(cut(line, room.line), limit) for line in first(lines, room.lines)]
    title = f"*{mrkdwn(cut(heading, room.line), limit).replace('*', '')}*"
    return section("\n".join([title, *(f"• {line}" for line in kept)]))

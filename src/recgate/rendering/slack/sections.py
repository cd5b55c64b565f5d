"""The Slack form without rich text and tables: every text is escaped, in sections."""

from collections.abc import Sequence

from recgate.rendering.headline import told_headline
from recgate.rendering.safe_text import cut, first, mrkdwn
from recgate.rendering.slack.fields import limit_fields
from recgate.rendering.slack.links import facts, link_buttons
from recgate.rendering.slack.lists import (
    lists_after,
    lists_before,
    steps,
    stopped_words,
)
from recgate.rendering.slack.parts import (
    Block,
    Room,
    actions,
    code,
    escaped,
    fitted,
    header,
    marked,
    plain_lines,
    section,
)
from recgate.rendering.slack.reasons import nearest_misses
from recgate.rendering.slack.table import beneath, row_verdict, shown_columns, shown_rows
from recgate.rendering.slack.told import Told
from recgate.rendering.slack.verdict import verdict_block
from recgate.rendering.story import Story


def section_blocks(told: Told, room: Room) -> list[Block]:
    """The blocks of the form of sections only, as much of them as there is room for."""
    decision, story = told.decision, told.story
    buttons, found = link_buttons(decision, story, room), steps(decision, story)
    lists = (
        [*lists_before(decision, story)],
        [*([found] if found else [])],
        lists_after(story, room),
    )
    before, todo, after = (
        [_list(each.part, each.heading, each.lines, room) for each in some] for some in lists
    )
    return [
        header(told_headline(told.telling)),
        verdict_block(told.telling, story, told.mentioned, room),
        *_stood_in(story, room),
        *_job(told, room),
        *before,
        *_reasons(told, room),
        *limit_fields(story.leading, room),
        *todo,
        *([actions("actions", buttons)] if buttons else []),
        *_rows(story, room),
        *beneath(decision, story, room),
        *after,
        facts(decision, story, room),
    ]


def _stood_in(story: Story, room: Room) -> list[Block]:
    if not story.stood_in:
        return []
    return [_list("stood_in", "Sent here instead", story.stood_in, room)]


def _job(told: Told, room: Room) -> list[Block]:
    blocks, story = [], told.story
    caller, when = stopped_words(told.decision)
    if caller:
        at = f", {when}" if when else ""
        blocks.append(section("stopped", f"Stopped by {code(caller, room.line)}{at}"))
    if story.cause:
        cause = escaped(story.cause.cause, room.line)
        blocks.append(section("cause", f"*Likely cause*\n{cause}"))
    if story.failure_reason:
        reason = mrkdwn(cut(story.failure_reason, room.reason), 2 * room.reason)
        blocks.append(section("reason", f"*Reason from SageMaker*\n```{reason}```"))
    return blocks


def _reasons(told: Told, room: Room) -> list[Block]:
    blocks, nearest = [], told.nearest
    for number, each in enumerate(told.reasons[: room.policies], start=1):
        lines = [f"• {marked(fitted(line, room.why))}" for line in each.lines[: room.lines]]
        left = len(each.lines) - len(lines)
        if left > 0:
            lines.append(f"… {left} more")
        if len(told.reasons) > 1:
            lines.insert(0, f"*{_bold(each.heading, room)}*")
        if lines:
            blocks.append(section(f"why_{number}", "\n".join(lines)))
    if nearest:
        misses = escaped(nearest_misses(told.decision, nearest), room.line)
        cures = escaped(f"It passes {nearest.cures}", room.line)
        lead = f"*Nearest to compliant:* {code(nearest.configuration, room.line)}{misses}"
        blocks.append(section("nearest", f"{lead}\n{cures}"))
    return blocks


def _rows(story: Story, room: Room) -> list[Block]:
    """Each recommendation as a line that a phone can wrap."""
    columns = story.columns[: shown_columns(story, room)]
    lines = []
    for row in shown_rows(story, room):
        figures = row.with_units(columns) if len(columns) == len(row.figures) else []
        said = " · ".join([cut(row_verdict(row), room.line), *figures])
        lines.append(f"• {code(row.configuration, room.line)} · {escaped(said, 2 * room.line)}")
    return [section("table", "\n".join(["*Configurations*", *lines]))] if lines else []


def _list(part: str, heading: str, lines: Sequence[str], room: Room) -> Block:
    told = [f"• {escaped(line, room.line)}" for line in plain_lines(first(lines, room.lines), room)]
    return section(part, "\n".join([f"*{heading}*", *told]))


def _bold(text: str, room: Room) -> str:
    return escaped(text, room.line).replace("*", "")

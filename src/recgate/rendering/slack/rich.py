"""The richest Slack form: lists and preformatted text that are never parsed, and a table."""

from recgate.rendering.headline import told_headline
from recgate.rendering.safe_text import cut
from recgate.rendering.slack.fields import limit_fields
from recgate.rendering.slack.links import facts, link_buttons
from recgate.rendering.slack.lists import (
    Listed,
    lists_after,
    lists_before,
    steps,
    stopped_words,
)
from recgate.rendering.slack.parts import (
    Block,
    Room,
    actions,
    fitted,
    header,
    plain_lines,
    rich_line,
    rich_list,
    rich_preformatted,
    rich_text,
)
from recgate.rendering.slack.reasons import PolicyReasons, nearest_misses
from recgate.rendering.slack.table import beneath, table
from recgate.rendering.slack.told import Told
from recgate.rendering.slack.verdict import verdict_block
from recgate.rendering.story import Story
from recgate.rendering.words import Nearest, Span, Style


def rich_blocks(told: Told, room: Room) -> list[Block]:
    """The blocks of the richest form, as much of them as there is room for."""
    decision, story, nearest = told.decision, told.story, told.nearest
    buttons, found = link_buttons(decision, story, room), steps(decision, story)
    return [
        header(told_headline(told.telling)),
        verdict_block(told.telling, story, told.mentioned, room),
        *_stood_in(story, room),
        *_job(told, room),
        *(_list(each, room) for each in lists_before(decision, story)),
        *_reasons(told.reasons, room),
        *([_nearest(told, nearest, room)] if nearest else []),
        *limit_fields(story.leading, room),
        *([_list(found, room)] if found else []),
        *([actions("actions", buttons)] if buttons else []),
        *([table(story, room)] if story.rows or story.existing else []),
        *beneath(decision, story, room),
        *(_list(each, room) for each in lists_after(story, room)),
        facts(decision, story, room),
    ]


def _stood_in(story: Story, room: Room) -> list[Block]:
    """Which route refused the message, and the cure: whoever reads this can mend it."""
    if not story.stood_in:
        return []
    title = Span("Sent here instead: ", Style.DISTANCE)
    lines = [rich_line((title, Span(line))) for line in plain_lines(story.stood_in, room)]
    return [rich_text("stood_in", *lines)]


def _job(told: Told, room: Room) -> list[Block]:
    """What became of a job that ended without a result."""
    blocks, story = [], told.story
    caller, when = stopped_words(told.decision)
    if caller:
        at = f", {when}" if when else ""
        who = Span(cut(caller, room.line), Style.AMOUNT)
        blocks.append(rich_text("stopped", rich_line((Span("Stopped by "), who, Span(at)))))
    if story.cause:
        cause = Span(cut(story.cause.cause, room.line))
        blocks.append(rich_text("cause", _title("Likely cause"), rich_line((cause,))))
    if story.failure_reason:
        reason = cut(story.failure_reason, room.reason)
        title = _title("Reason from SageMaker")
        blocks.append(rich_text("reason", title, rich_preformatted(reason)))
    return blocks


def _reasons(reasons: tuple[PolicyReasons, ...], room: Room) -> list[Block]:
    """Of each policy the limits that made its verdict; the verdict line names a single policy."""
    blocks = []
    for number, each in enumerate(reasons[: room.policies], start=1):
        lines = [fitted(line, room.why) for line in each.lines[: room.lines]]
        left = len(each.lines) - len(lines)
        if left > 0:
            lines.append((Span(f"… {left} more"),))
        parts = [_title(cut(each.heading, room.line))] if len(reasons) > 1 else []
        parts += [rich_list(lines)] if lines else []
        if parts:
            blocks.append(rich_text(f"why_{number}", *parts))
    return blocks


def _nearest(told: Told, nearest: Nearest, room: Room) -> Block:
    lead = Span("Nearest to compliant: ", Style.DISTANCE)
    name = Span(cut(nearest.configuration, room.line), Style.AMOUNT)
    misses = Span(cut(nearest_misses(told.decision, nearest), room.line))
    cures = Span(cut(f"It passes {nearest.cures}", room.line))
    return rich_text("nearest", rich_line((lead, name, misses)), rich_line((cures,)))


def _list(listed: Listed, room: Room) -> Block:
    lines = [(Span(line),) for line in plain_lines(listed.lines, room)]
    return rich_text(listed.part, _title(listed.heading), rich_list(lines))


def _title(text: str) -> Block:
    return rich_line((Span(text, Style.DISTANCE),))

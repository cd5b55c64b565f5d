"""The richest Slack form: lists and preformatted text that are never parsed, and a table."""

from collections.abc import Sequence

from recgate.domain.decision import Decision
from recgate.rendering.amounts import UNITS, with_unit
from recgate.rendering.safe_text import cut, first
from recgate.rendering.slack_parts import (
    Block,
    Room,
    context,
    facts,
    header,
    lists,
    row_verdict,
    told,
    verdict,
)
from recgate.rendering.story import Column, Story


def rich_blocks(decision: Decision, story: Story, mentioned: str, room: Room) -> list[Block]:
    """The blocks of the richest form, as much of them as there is room for."""
    blocks = [header(decision), verdict(decision, mentioned)]
    for reasons in story.reasons[: room.policies]:
        blocks.append(_rich(reasons.heading, told(reasons), room))
    left = len(story.reasons) - room.policies
    if left > 0:
        blocks.append(context(f"{left} more policies"))
    if story.failure_reason:
        reason = cut(story.failure_reason, room.reason)
        blocks.append(
            _rich_text(
                _rich_section("Reason from SageMaker", bold=True),
                {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": reason}]},
            )
        )
    for heading, lines in lists(story):
        blocks.append(_rich(heading, lines, room))
    if story.rows:
        blocks.append(_table(story, room))
        if len(story.rows) > room.rows:
            blocks.append(context(f"{len(story.rows) - room.rows} more configurations"))
    return [*blocks, facts(decision, story)]


def _rich(heading: str, lines: Sequence[str], room: Room) -> Block:
    title = _rich_section(cut(heading, room.line), bold=True)
    kept = [cut(line, room.line) for line in first(lines, room.lines)]
    if not kept:
        return _rich_text(title)
    items = [_rich_section(line) for line in kept]
    return _rich_text(title, {"type": "rich_text_list", "style": "bullet", "elements": items})


def _rich_text(*elements: Block) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def _rich_section(text: str, *, bold: bool = False) -> Block:
    element: Block = {"type": "text", "text": text}
    if bold:
        element["style"] = {"bold": True}
    return {"type": "rich_text_section", "elements": [element]}


def _table(story: Story, room: Room) -> Block:
    headings = ["Configuration", "Verdict", *(column.heading for column in story.columns)]
    rows = [[_cell(heading) for heading in headings]]
    for row in story.rows[: room.rows]:
        verdict = cut(row_verdict(row), room.line)
        figures = [
            _figure(column, figure)
            for column, figure in zip(story.columns, row.figures, strict=True)
        ]
        rows.append([_cell(cut(row.configuration, room.line)), _cell(verdict), *figures])
    right: list[Block] = [{"align": "right"} for _ in story.columns]
    return {
        "type": "table",
        "rows": rows,
        "column_settings": [{"is_wrapped": False}, {"is_wrapped": True}, *right],
    }


def _figure(column: Column, figure: tuple[float, str] | None) -> Block:
    if figure is None:
        return _cell("n/a")
    value, written = figure
    money = UNITS[column.metric] == "USD"
    text = with_unit(written, "USD") if money else written
    return {"type": "raw_number", "value": value, "text": text}


def _cell(text: str) -> Block:
    return {"type": "raw_text", "text": text}

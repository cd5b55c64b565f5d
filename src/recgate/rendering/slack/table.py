"""The recommendations as a table, and the existing endpoint as a row of its own."""

from collections.abc import Sequence

from recgate.domain.decision import Decision
from recgate.domain.verdict import Verdict
from recgate.rendering.amounts import UNITS, with_unit
from recgate.rendering.safe_text import cut
from recgate.rendering.slack.lists import also_met, left_out
from recgate.rendering.slack.parts import Block, Room, context, escaped
from recgate.rendering.story import Story
from recgate.rendering.story_rows import GAIN_HEADING, Column, Row

MISSING = "n/a"
_ENDPOINTS = 2
"""Rows for existing endpoints: a job has one."""


def row_verdict(row: Row) -> str:
    """A recommendation's verdict and what it rests on."""
    return f"{row.verdict}: {row.why}" if row.why else row.verdict


def shown_rows(story: Story, room: Room) -> tuple[Row, ...]:
    """The recommendations that fit, and the existing endpoint, which always does."""
    return (*story.rows[: room.rows], *story.existing[:_ENDPOINTS])


def shown_columns(story: Story, room: Room) -> int:
    """How many figures fit beside the configuration, the verdict and the gain."""
    taken = 2 + any(row.gain for row in story.rows)
    return max(min(len(story.columns), room.columns - taken), 0)


def table(story: Story, room: Room) -> Block:
    """The table of a message: the verdict second, so that it survives a phone's width."""
    figures = shown_columns(story, room)
    columns = story.columns[:figures]
    gains = any(row.gain for row in story.rows)
    rows = cells(columns, shown_rows(story, room), line=room.line, gains=gains)
    right: list[Block] = [{"align": "right"} for _ in columns]
    settings = [{"is_wrapped": False}, {"is_wrapped": True}, *right]
    if gains:
        settings.append({"is_wrapped": True})
    return {"type": "table", "block_id": "table", "rows": rows, "column_settings": settings}


def cells(
    columns: Sequence[Column], rows: Sequence[Row], *, line: int, gains: bool
) -> list[list[Block]]:
    """The rows of a table, the headings first. ``line`` is how much text a cell may hold."""
    headings = ["Configuration", "Verdict", *(column.heading for column in columns)]
    if gains:
        headings.append(GAIN_HEADING)
    made = [[_text(heading) for heading in headings]]
    for row in rows:
        figures = [
            _figure(column, figure) for column, figure in zip(columns, row.figures, strict=False)
        ]
        gain = [_text(cut(row.gain, line) or MISSING)] if gains else []
        lead = [_text(cut(row.configuration, line)), _text(cut(row_verdict(row), line))]
        made.append([*lead, *figures, *gain])
    return made


def order_words(decision: Decision, story: Story) -> str:
    """In which order the rows come."""
    end = " The existing endpoint comes last." if story.rows and story.existing else ""
    if len(story.rows) < 2:
        return end.strip()
    return _order(decision.verdict) + end


def _order(verdict: Verdict) -> str:
    if verdict is Verdict.PASS:
        return "Compliant first, then cheapest."
    if verdict.opens_gate:
        return "Compliant first, then fewest warnings, then cheapest."
    if verdict is Verdict.UNKNOWN:
        return "Fewest rules broken or missing first, then smallest excess."
    if verdict in (Verdict.FAIL, Verdict.WOULD_FAIL):
        return "Fewest broken rules first, then smallest excess."
    return "Cheapest first."


def beneath(decision: Decision, story: Story, room: Room) -> list[Block]:
    """What belongs under the table: its order, what else is met, what is left out."""
    also, left = also_met(decision), left_out(story, room)
    parts = [
        order_words(decision, story),
        f"Also met: {escaped(also, room.line)}." if also else "",
        f"Left out here: {left}." if left else "",
    ]
    text = " ".join(part for part in parts if part)
    return [context("beneath", text)] if text else []


def _figure(column: Column, figure: tuple[float, str] | None) -> Block:
    if figure is None:
        return _text(MISSING)
    value, written = figure
    money = UNITS[column.metric] == "USD"
    text = with_unit(written, "USD") if money else written
    return {"type": "raw_number", "value": value, "text": text}


def _text(text: str) -> Block:
    return {"type": "raw_text", "text": text}

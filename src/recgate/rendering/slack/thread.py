"""What stands in the thread of a verdict: every recommendation, with every figure that counts."""

from recgate.domain.candidate import Metric
from recgate.domain.catalogue import NUMERIC_LIMITS
from recgate.domain.decision import Decision
from recgate.domain.telling import Telling
from recgate.rendering.amounts import scale_of
from recgate.rendering.safe_text import clean, plain
from recgate.rendering.slack.blocks import KEY_DIGITS, forms
from recgate.rendering.slack.envelope import message, route_part
from recgate.rendering.slack.limits import Message, violations
from recgate.rendering.slack.parts import Block, identified
from recgate.rendering.slack.table import cells, order_words
from recgate.rendering.story import Story, story_of
from recgate.rendering.story_rows import (
    COST,
    COST_PER_MILLION,
    INVOCATIONS,
    MODEL_LATENCY,
    P99,
    Column,
    existing_rows,
    rows_of,
)

EVENT_TYPE = "recgate_details"

_COLUMNS = (
    COST,
    COST_PER_MILLION,
    P99,
    MODEL_LATENCY,
    INVOCATIONS,
    Column("CPU (%)", Metric.CPU_UTILIZATION_PCT, " CPU"),
    Column("Memory (%)", Metric.MEMORY_UTILIZATION_PCT, " memory"),
    Column("Instances", Metric.INSTANCE_COUNT, " instances"),
    Column("Serverless memory (MB)", Metric.SERVERLESS_MEMORY_MB, " serverless memory"),
    Column("Serverless concurrency", Metric.SERVERLESS_CONCURRENCY, " serverless concurrency"),
    Column("Latency gain (%)", Metric.LATENCY_GAIN_OVER_EXISTING_PCT, " latency gain"),
    Column("Throughput gain (%)", Metric.THROUGHPUT_GAIN_OVER_EXISTING_PCT, " throughput gain"),
)

_ROWS = (200, 100, 60, 40, 30, 20, 10, 5)
"""Rows to try: 200 is Slack's limit, the size of the whole message comes earlier."""

_LINES = (400, 120, 40)
_PAGE = 10
_MODEL_LIMIT = 60


def details_form(telling: Telling) -> Message | None:
    """The table of everything; None when the verdict's own table shows it all."""
    decision = telling.decision
    shown = _shown(forms(telling)[0])
    columns = _columns(decision)
    story = story_of(telling)
    rows = len(story.rows) + len(story.existing)
    if not rows or (shown[0] >= rows and not _left_out(decision, story, shown[1])):
        return None
    payload = {
        "verdict": decision.verdict.value,
        "policies": ", ".join(story.policies),
        "decision": decision.key,
        "dedupe_key": "" if telling.label else f"{decision.key}:details{route_part(telling.route)}",
    }
    made = message(_title(decision, rows), EVENT_TYPE, decision.snapshot, payload)
    for line in _LINES:
        for most in _ROWS:
            block = _data_table(decision, story, columns, most=most, line=line)
            made["blocks"] = identified([block], decision.key[:KEY_DIGITS])
            if not violations(made):
                return made
    return None


def _title(decision: Decision, rows: int) -> str:
    return f"All {rows} configurations of {clean(decision.snapshot.model, _MODEL_LIMIT)}"


def _shown(parent: Message) -> tuple[int, int]:
    """Rows and columns of the verdict's own table, without the headings."""
    tables = [block for block in parent.get("blocks", ()) if block["type"] == "table"]
    return (len(tables[0]["rows"]) - 1, len(tables[0]["rows"][0])) if tables else (0, 0)


def _judged(decision: Decision) -> set[Metric]:
    return {
        NUMERIC_LIMITS[limit.name].metric
        for judgement in decision.evaluation.judgements
        for limit in judgement.policy.limits
        if limit.name in NUMERIC_LIMITS
    }


def _measured(decision: Decision, metric: Metric) -> bool:
    return any(row.values[metric] is not None for row in decision.snapshot.candidates)


def _columns(decision: Decision) -> tuple[Column, ...]:
    """The figures that are known of some row and tell more than its name does."""
    named = {Metric.INSTANCE_COUNT, Metric.SERVERLESS_MEMORY_MB, Metric.SERVERLESS_CONCURRENCY}
    return tuple(
        column
        for column in _COLUMNS
        if _measured(decision, column.metric) and column.metric not in named
    )


def _left_out(decision: Decision, story: Story, columns: int) -> bool:
    """Whether the verdict's own table lacks a figure that a limit is set on."""
    there = {column.metric for column in story.columns}
    lacking = {column.metric for column in _columns(decision)} & _judged(decision) - there
    gains = any(row.gain for row in story.rows)
    return bool(lacking) or columns < 2 + len(story.columns) + gains


def _data_table(
    decision: Decision, story: Story, columns: tuple[Column, ...], *, most: int, line: int
) -> Block:
    scale = scale_of(decision)
    rows = rows_of(decision, columns, scale)[:most]
    existing = existing_rows(decision, columns, scale)
    gains = any(row.gain for row in story.rows)
    left = len(story.rows) - len(rows)
    caption = f"{_title(decision, len(story.rows) + len(existing))}. {order_words(decision, story)}"
    if left > 0:
        caption += f" {left} are left out: Slack takes no longer table."
    return {
        "type": "data_table",
        "block_id": "all",
        "caption": plain(caption.strip(), 400),
        "page_size": _PAGE,
        "row_header_column_index": 0,
        "rows": cells(columns, (*rows, *existing), line=line, gains=gains),
    }

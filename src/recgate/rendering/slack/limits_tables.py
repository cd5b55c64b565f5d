"""The shapes of tables.

https://docs.slack.dev/reference/block-kit/blocks/table-block
https://docs.slack.dev/reference/block-kit/blocks/data-table-block
"""

from collections.abc import Iterator, Mapping

from recgate.rendering.slack.limits_figures import (
    BLOCKS_JSON,
    DATA_TABLE_CHARACTERS,
    DATA_TABLE_ROWS,
    PAGE_SIZE,
    TABLE_CHARACTERS,
    TABLE_COLUMNS,
    TABLE_ROWS,
)
from recgate.rendering.slack.limits_rich import characters, rich_text_parts
from recgate.rendering.slack.limits_shapes import (
    Check,
    boolean,
    entries,
    every,
    listed,
    members,
    number,
    one_of,
    shape,
    tagged,
    text,
    whole,
)

_CELL = tagged(
    {
        "raw_text": shape({"text": text(DATA_TABLE_CHARACTERS)}),
        "raw_number": shape({"value": number, "text": text(DATA_TABLE_CHARACTERS)}),
        "rich_text": shape({"elements": rich_text_parts}),
    }
)

_ROW = listed(_CELL, most=TABLE_COLUMNS)

_COLUMN = shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})


def _even_rows(table: object, where: str) -> Iterator[str]:
    """Every row has as many cells as the first."""
    lengths = {len(entries(row)) for row in entries(members(table).get("rows"))}
    if len(lengths) > 1:
        yield f"{where} has rows of {min(lengths)} to {max(lengths)} cells"


def _at_most(limit: int) -> Check:
    """So many characters in all cells together."""

    def check(table: object, where: str) -> Iterator[str]:
        rows = entries(members(table).get("rows"))
        found = sum(characters(cell) for row in rows for cell in entries(row))
        if found > limit:
            yield f"{where} has {found} characters in its cells, more than {limit}"

    return check


def _plain_header(table: object, where: str) -> Iterator[str]:
    """A data table's first row is its header, which holds no rich text."""
    header = entries(members(table).get("rows"))[:1]
    cells = [cell for row in header for cell in entries(row)]
    if any(members(cell).get("type") == "rich_text" for cell in cells):
        yield f"{where} has rich text in its header"


def _has_row_header(table: object, where: str) -> Iterator[str]:
    """The column that names the rows is one of the table's."""
    index = members(table).get("row_header_column_index", 0)
    header = entries(members(table).get("rows"))[:1]
    columns = max((len(entries(row)) for row in header), default=0)
    if isinstance(index, int) and index >= columns > 0:
        yield f"{where} names its rows by column {index} of {columns}"


def table(common: Mapping[str, Check]) -> Check:
    """A table; ``common`` is what every block may have."""
    columns = listed(_COLUMN, least=0, most=TABLE_COLUMNS)
    return every(
        shape({"rows": listed(_ROW, most=TABLE_ROWS)}, {"column_settings": columns, **common}),
        _even_rows,
        _at_most(TABLE_CHARACTERS),
    )


def data_table(common: Mapping[str, Check]) -> Check:
    """A table that sorts and pages; ``common`` is what every block may have."""
    return every(
        shape(
            {
                "rows": listed(_ROW, least=2, most=DATA_TABLE_ROWS),
                "caption": text(BLOCKS_JSON),
            },
            {
                "page_size": whole(1, PAGE_SIZE),
                "row_header_column_index": whole(0, TABLE_COLUMNS - 1),
                **common,
            },
        ),
        _even_rows,
        _at_most(DATA_TABLE_CHARACTERS),
        _plain_header,
        _has_row_header,
    )

"""A backtest on the terminal: the sum of it, the changes, the limits, the matrices."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from recgate.domain.backtest import Direction
from recgate.rendering.backtest.matrix import Matrix
from recgate.rendering.backtest.story import HEADINGS, LIMIT_HEADINGS, BacktestStory

_STYLES = {
    Direction.OPENS: "bold red",
    Direction.CLOSES: "bold yellow",
    Direction.OTHER_VERDICT: "bold",
    Direction.OTHER_CONFIGURATION: "",
}


def print_backtest(story: BacktestStory, console: Console) -> None:
    """Print it for a person."""
    console.print(Text(story.title, style="bold"))
    console.print(Text(story.about, style="dim"))
    console.print(Text(story.cost))
    for note in story.notes:
        console.print(Text(note))
    if story.rows:
        console.print()
        console.print(_changes(story))
        _left_out(story.rows_left_out, "changes", console)
    if story.limits:
        console.print()
        console.print(_limits(story))
    for matrix in story.told_matrices:
        compares = matrix.rows and matrix.rows[0][0]
        console.print()
        heading = f"{matrix.name}, before (down) and after (across)" if compares else matrix.name
        console.print(Text(heading, style="bold"))
        console.print(_matrix(matrix))
    if story.still_policies:
        console.print(Text(f"No verdict of these policies changes: {story.still_policies}"))
    if story.not_judged:
        console.print()
        count = len(story.not_judged) + story.not_judged_left_out
        console.print(Text(f"Could not be judged again: {count}", style="bold"))
        for line in story.not_judged:
            console.print(Text(f"  {line}"))
        _left_out(story.not_judged_left_out, "not judged", console)


def _left_out(count: int, things: str, console: Console) -> None:
    if count:
        console.print(Text(f"… {count:,} more {things} (--limit shows more, --output json all)"))


def _plain_table() -> Table:
    return Table(box=None, pad_edge=False, header_style="bold", show_edge=False)


def _changes(story: BacktestStory) -> Table:
    table = _plain_table()
    for heading in HEADINGS:
        table.add_column(heading, no_wrap=heading in ("Change", "Verdict"))
    for row in story.rows:
        word, *rest = row.cells
        table.add_row(Text(word, style=_STYLES.get(row.direction, "")), *map(Text, rest))
    return table


def _limits(story: BacktestStory) -> Table:
    table = _plain_table()
    for place, heading in enumerate(LIMIT_HEADINGS):
        table.add_column(heading, justify="left" if place < 2 else "right")
    for row in story.limits:
        table.add_row(*map(Text, row.cells))
    return table


def _matrix(matrix: Matrix) -> Table:
    table = _plain_table()
    table.add_column("")
    for word in matrix.after:
        table.add_column(word, justify="right")
    for before, counts in matrix.rows:
        cells = [
            Text(f"{count:,}" if count else "·", style="bold" if count and word != before else "")
            for word, count in zip(matrix.after, counts, strict=True)
        ]
        table.add_row(Text(before), *cells)
    return table

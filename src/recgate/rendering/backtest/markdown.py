"""A backtest as GitHub Flavored Markdown, for a comment on a pull request or a job's summary.

Whatever a job, a policy or a person has a word in stands in code: there nobody is mentioned,
nothing is linked, and no HTML is HTML (https://github.github.com/gfm/#code-spans).
"""

import re
from collections.abc import Iterable, Sequence

from recgate.domain.backtest import Backtest
from recgate.rendering.backtest.matrix import Matrix
from recgate.rendering.backtest.story import (
    HEADINGS,
    LIMIT_HEADINGS,
    About,
    BacktestStory,
    backtest_story,
)
from recgate.rendering.safe_text import clean

LENGTH_MAX = 60_000
"""Characters. A comment on GitHub holds 65,536, and whoever posts it may add a line."""

_CELL_LIMIT = 200
_SHORT = (0, 1, 2, 5)
"""The columns of the table that everybody sees; the others are folded away."""

_SPAN_ENDS = frozenset("`|\\")
"""What a code span in a table cannot hold: its own mark, and (escaped or not) the table's."""

_MARKUP = re.compile(r"[^A-Za-z0-9 ,%+()\-]")


def backtest_markdown(found: Backtest, about: About, *, limit: int) -> str:
    """The text, of at most `LENGTH_MAX` characters; changes are left out until it fits."""
    while True:
        text = _text(backtest_story(found, about, limit=limit), details=limit > 0)
        if len(text) <= LENGTH_MAX or not limit:
            return text[:LENGTH_MAX]
        limit //= 2


def code(words: str) -> str:
    """Words as code, which says exactly what they say; empty for none."""
    said = clean(words, _CELL_LIMIT)
    if not said:
        return ""
    if not _SPAN_ENDS & set(said):
        return f"`{said}`"
    # Character references are text and never syntax: https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references
    literal = _MARKUP.sub(lambda mark: f"&#{ord(mark[0])};", said)
    return f"<code>{literal}</code>"


def _text(story: BacktestStory, *, details: bool) -> str:
    parts = [f"### {story.title}", code(story.about), f"**{story.cost}**"]
    if story.notes:
        parts.append("\n".join(f"- {code(note)}" for note in story.notes))
    if story.rows:
        parts.append(
            _table([HEADINGS[place] for place in _SHORT], (_short(row.cells) for row in story.rows))
        )
    if story.rows_left_out:
        parts.append(f"… and {story.rows_left_out:,} more changes.")
    if story.rows:
        every = ([cells[0], *map(code, cells[1:])] for cells in (row.cells for row in story.rows))
        parts.append(_folded("Configurations and cost", _table(HEADINGS, every)))
    if story.limits and details:
        rows = ([*map(code, row.cells[:2]), *row.cells[2:]] for row in story.limits)
        parts.append(_folded("Responsible limits", _table(LIMIT_HEADINGS, rows)))
    if details:
        shown = story.told_matrices
        parts.append(
            _folded("Verdicts before (down) and after (across)", "\n\n".join(map(_matrix, shown)))
        )
    if story.not_judged:
        count = len(story.not_judged) + story.not_judged_left_out
        listed = "\n".join(f"- {code(line)}" for line in story.not_judged)
        parts.append(_folded(f"Could not be judged again: {count:,}", listed))
    elif story.not_judged_left_out:
        parts.append(f"Could not be judged again: {story.not_judged_left_out:,}")
    return "\n\n".join(part for part in parts if part) + "\n"


def _short(cells: Sequence[str]) -> list[str]:
    return [cells[0], *(code(cells[place]) for place in _SHORT[1:])]


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_line(headings), _line(["---"] * len(headings)), *map(_line, rows)]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _matrix(matrix: Matrix) -> str:
    rows = (
        [before, *(f"{count:,}" if count else "" for count in counts)]
        for before, counts in matrix.rows
    )
    return f"{code(matrix.name)}\n\n{_table(['', *matrix.after], rows)}"


def _folded(heading: str, inside: str) -> str:
    return f"<details><summary>{heading}</summary>\n\n{inside}\n\n</details>"

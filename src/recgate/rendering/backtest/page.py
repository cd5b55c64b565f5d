"""A backtest as a page: HTML that needs nothing but itself, for light and dark screens."""

from recgate.domain.backtest import Backtest, Direction
from recgate.rendering.backtest.chart import backtest_svg
from recgate.rendering.backtest.matrix import Matrix
from recgate.rendering.backtest.story import (
    HEADINGS,
    LIMIT_HEADINGS,
    About,
    BacktestStory,
    ChangeRow,
    backtest_story,
)
from recgate.rendering.report.document import html_document
from recgate.rendering.report.html import Content, Markup, element, items, our_own, table
from recgate.rendering.report.parts import not_shown, numeric_heading, section

_TONES = {
    Direction.OPENS: "bad",
    Direction.CLOSES: "warn",
    Direction.OTHER_VERDICT: "unsure",
    Direction.OTHER_CONFIGURATION: "",
}

_MATRIX = "table.matrix { width: auto; }\n"


def backtest_page(found: Backtest, about: About, *, limit: int) -> str:
    """The page, as a whole document, with at most ``limit`` changes."""
    story = backtest_story(found, about, limit=limit)
    drawn = backtest_svg(found)
    tone = "bad" if found.directions.get(Direction.OPENS) else "warn" if found.changed else "good"
    body: list[Content] = [
        element(
            "header",
            element("p", "Policy backtest", class_="verdict"),
            element("h1", story.title),
            element("p", story.about, class_="more"),
            element("p", story.cost, class_="summary"),
            items(story.notes),
            class_=tone,
        ),
        section("chart", "Verdicts before and after", element("figure", our_own(drawn)))
        if drawn
        else None,
        _changes(story),
        _limits(story),
        section(
            "verdicts",
            "Verdicts, counted",
            *map(_matrix, story.told_matrices),
            _still(story),
        ),
        _not_judged(story),
    ]
    return html_document(f"Policy backtest: {story.title}", body, more_style=_MATRIX)


def _changes(story: BacktestStory) -> Markup | None:
    if not story.rows:
        return None
    return section(
        "changes",
        "What changes",
        table(
            "The gravest first; amounts are US dollars an hour",
            (HEADINGS[1], HEADINGS[0], *HEADINGS[2:]),
            map(_change, story.rows),
            kind="texts",
        ),
        not_shown(story.rows_left_out, "changes"),
    )


def _change(row: ChangeRow) -> list[Content]:
    word, job, *rest = row.cells
    shown = element("strong", word, class_=f"word {_TONES.get(row.direction, '')}".strip())
    return [job, shown, *rest]


def _limits(story: BacktestStory) -> Markup | None:
    if not story.limits:
        return None
    return section(
        "limits",
        "Responsible limits",
        table(
            "For how many changes each limit is responsible",
            (*LIMIT_HEADINGS[:2], *map(numeric_heading, LIMIT_HEADINGS[2:])),
            ([*row.cells[:2], *map(_count, row.cells[2:])] for row in story.limits),
        ),
    )


def _matrix(matrix: Matrix) -> Markup:
    rows: list[list[Content]] = [
        [before or "jobs", *(_count(f"{count:,}" if count else "·") for count in counts)]
        for before, counts in matrix.rows
    ]
    caption = f"{matrix.name}: before down the side, after along the top"
    if not matrix.rows or not matrix.rows[0][0]:
        caption = matrix.name
    return table(caption, ("", *map(numeric_heading, matrix.after)), rows, kind="matrix")


def _still(story: BacktestStory) -> Markup | None:
    if not story.still_policies:
        return None
    said = f"No verdict of these policies changes: {story.still_policies}"
    return element("p", said, class_="more")


def _count(said: str) -> Markup:
    return element("td", said, class_="number")


def _not_judged(story: BacktestStory) -> Markup | None:
    if not story.not_judged:
        return None
    count = len(story.not_judged) + story.not_judged_left_out
    return section(
        "not-judged",
        f"Could not be judged again: {count:,}",
        items(story.not_judged),
        not_shown(story.not_judged_left_out, "that could not be judged"),
    )

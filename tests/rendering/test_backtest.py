"""What a backtest says, in every medium, whatever names it has to say."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from recgate.domain.backtest import (
    Answer,
    Approval,
    ApprovedCost,
    Backtest,
    Broken,
    Change,
    Direction,
    NotJudged,
)
from recgate.domain.limits import Finding
from recgate.domain.verdict import Outcome, Verdict
from recgate.rendering.backtest.markdown import LENGTH_MAX, backtest_markdown, code
from recgate.rendering.backtest.page import backtest_page
from recgate.rendering.backtest.story import About, backtest_story, title_of

ABOUT = About("new", "old", "in jobs", "as of today")
HOSTILE = (
    "@octocat `x` | <img src=x onerror=alert(1)> [a](https://evil.example) \\| #12\n\n# h "
    "\u202e www.evil.example *b* $x$ </details> &#64;org"
)
PASS, FAIL = Verdict.PASS, Verdict.FAIL


def change(name: str = "ranker", *, reason: str = "", finding: Finding | None = None) -> Change:
    return Change(
        place=f"job:{name}",
        job_name=name,
        model=name,
        direction=Direction.CLOSES,
        before=Answer(PASS, {"prod": PASS}, Approval(f"{name}/1", 0.174)),
        after=Answer(FAIL, {"prod": FAIL}),
        configuration_before=name,
        broken=(Broken(name, finding),) if finding else (),
        reason=reason,
    )


def found(*changes: Change, **more: object) -> Backtest:
    count = len(changes)
    made = Backtest(
        judged=count + 1,
        compared=True,
        verdicts={(PASS, FAIL): count, (PASS, PASS): 1},
        policies={"prod": {(PASS, FAIL): count, (PASS, PASS): 1}, "dev": {(None, PASS): 1}},
        directions={Direction.CLOSES: count, Direction.SAME: 1},
        limits={("prod", "max_cost_per_hour_usd"): {Direction.CLOSES: count}},
        changes=changes,
        not_judged=(),
        cost_before=ApprovedCost(2, 1.997),
        cost_after=ApprovedCost(1, 1.823),
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields of the class


HOSTILE_FOUND = found(
    change(HOSTILE, reason=HOSTILE),
    change(HOSTILE, finding=Finding(HOSTILE, HOSTILE, Outcome.FAIL, rule=HOSTILE)),
    policies={HOSTILE: {(PASS, FAIL): 2}},
    limits={(HOSTILE, HOSTILE): {Direction.CLOSES: 2}},
    not_judged=(NotJudged(HOSTILE, HOSTILE),),
    cost_after=ApprovedCost(1, 1.0, (HOSTILE,)),
)


def test_the_title_counts_each_direction() -> None:
    """One line says whether anybody has to read on."""
    assert title_of(found(change(), change())) == "2 of 3 answers change: 2 gates close"
    assert title_of(found(change())) == "1 of 2 answers changes: 1 gate closes"
    assert (
        title_of(found(directions={Direction.SAME: 1})) == "No answer changes (1 job judged again)"
    )


def test_the_difference_of_costs_is_that_of_the_sums_shown() -> None:
    """A reader who subtracts finds the same."""
    story = backtest_story(found(change()), ABOUT, limit=5)

    assert story.cost == (
        "Approved: $1.997/h for 2 models → $1.823/h for 1 model "
        "(-$0.174/h, -$127.02 a month of 730 h)"
    )


def test_what_has_no_price_is_named_beside_the_sum() -> None:
    """Never 0, never NaN."""
    none = ApprovedCost(1, 0.0, ("ranker v1",))

    story = backtest_story(found(change(), cost_after=none), ABOUT, limit=5)

    assert story.notes == ("Not in the sum after, because the cost is not known: ranker v1",)
    assert "nan" not in story.cost.lower()


# --- Markdown ------------------------------------------------------------------------------

_CODE = re.compile(r"`[^`\n|]*`|<code>[^<\n|`]*</code>")


def outside_code(markdown: str) -> str:
    return _CODE.sub("", markdown)


def test_nothing_hostile_stands_outside_of_code_in_markdown() -> None:
    """Nobody is mentioned, nothing is linked, no table breaks, no HTML is let through."""
    markdown = backtest_markdown(HOSTILE_FOUND, ABOUT, limit=5)

    left = outside_code(markdown)
    for danger in ("octocat", "evil", "onerror", "<img", "](", "&#64", "org", "www", "\u202e"):
        assert danger not in left
    assert left.count("<details>") == left.count("</details>") > 2
    rows = [line for line in left.splitlines() if line.startswith("| gate closes")]
    assert [line.count("|") for line in rows] == [5, 5, 7, 7]


@pytest.mark.parametrize("word", ["a`b", "a|b", "a\\|b", "`", "\\", "@a `b` <i>"])
def test_code_that_a_span_cannot_hold_is_written_as_references(word: str) -> None:
    """A backslash before a pipe ends a cell in some readers, so neither is left."""
    written = code(word)

    assert written.startswith("<code>")
    inner = written.removeprefix("<code>").removesuffix("</code>")
    assert not re.search(r"[`|\\<>@\[\]*_]", inner)
    assert re.sub(r"&#(\d+);", lambda each: chr(int(each[1])), inner) == word


def test_markdown_stays_below_what_a_comment_holds() -> None:
    """However many changes there are; those left out are counted."""
    changes = [change(f"{HOSTILE}{number}", reason=HOSTILE * 9) for number in range(2000)]

    markdown = backtest_markdown(found(*changes), ABOUT, limit=2000)

    assert len(markdown) <= LENGTH_MAX
    assert "more changes" in markdown
    assert markdown.count("<details>") == markdown.count("</details>")


# --- the page ------------------------------------------------------------------------------


class Tags(HTMLParser):
    """Collects the tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_nothing_hostile_becomes_markup_on_the_page() -> None:
    """It has no script, no picture and no address to go to."""
    page = Tags()

    page.feed(backtest_page(HOSTILE_FOUND, ABOUT, limit=5))

    assert not page.tags & {"script", "img", "a", "iframe", "link", "object"}
    assert not {name for name in page.attributes if name.startswith("on")}
    assert "svg" in page.tags


def test_the_picture_says_in_words_what_it_shows() -> None:
    """For whoever cannot see it; and it is not drawn where nothing is compared."""
    page = backtest_page(found(change()), ABOUT, limit=5)

    assert 'aria-label="Verdicts before and after: PASS to FAIL 1, PASS to PASS 1"' in page
    assert "<svg" not in backtest_page(found(change(), compared=False), ABOUT, limit=5)


def test_the_same_backtest_gives_the_same_page() -> None:
    """Two runs can be compared."""
    assert backtest_page(found(change()), ABOUT, limit=5) == backtest_page(
        found(change()), ABOUT, limit=5
    )

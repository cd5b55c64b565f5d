"""The difference for the conversation about a change: a comment on a pull request.

What people wrote into policies stands in code spans, where nothing is a link, a mention or a
heading.
"""

import re
from collections.abc import Iterator

from recgate.domain.policy_change import Bearing
from recgate.rendering.policy_diff.diff import PolicyDiff, consequence, count_words
from recgate.rendering.policy_diff.text import HEADINGS, WHY_EITHER
from recgate.rendering.policy_diff.words import change_words
from recgate.rendering.safe_text import clean, first

_PLACE = 400
_MOST_LINES = 200
"""GitHub refuses a comment of more than 65,536 characters:
https://github.com/orgs/community/discussions/27190"""

_BACKTICKS = re.compile("`+")


def markdown_lines(diff: PolicyDiff) -> Iterator[str]:
    """The lines, without their line ends."""
    yield f"### Policies: {code(diff.old)} → {code(diff.new)}"
    yield ""
    yield f"**{count_words(diff).capitalize()}**: {consequence(diff)}."
    for bearing in Bearing:
        changes = diff.with_bearing(bearing)
        if not changes:
            continue
        yield ""
        yield f"**{HEADINGS[bearing]}**"
        yield ""
        yield from first(
            [f"- {code(change_words(change))}" for change in changes],
            _MOST_LINES // len(Bearing),
            thing="changes",
        )
        if bearing is Bearing.EITHER:
            yield ""
            yield f"{WHY_EITHER[0].upper()}{WHY_EITHER[1:]}."
    if diff.problems:
        yield ""
        yield "**Waivers with mistakes, which count as absent**"
        yield ""
        yield from first(
            [f"- {code(problem)}" for problem in diff.problems], _MOST_LINES // len(Bearing)
        )


def code(text: str) -> str:
    """The text as a code span, whatever is in it: https://spec.commonmark.org/0.31.2/#code-spans"""
    shown = clean(text, _PLACE) or " "
    fence = "`" * (1 + max((len(run) for run in _BACKTICKS.findall(shown)), default=0))
    return f"{fence} {shown} {fence}" if "`" in shown else f"{fence}{shown}{fence}"

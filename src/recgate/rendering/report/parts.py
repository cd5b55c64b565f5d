"""What the sections of a report page are made of: headings, and words with a colour."""

from recgate.domain.verdict import Outcome
from recgate.rendering.report.html import Content, Markup, element

POLICIES = 50
"""The most policies that a page shows."""

_TONES = {
    "PASS": "good",
    "WARN": "warn",
    "WAIVED": "warn",
    "WOULD FAIL": "warn",
    "FAIL": "bad",
    "FAILED": "bad",
    "ERROR": "bad",
    "UNKNOWN": "unsure",
    "UNCOVERED": "unsure",
    "NO RESULT": "unsure",
    "STOPPED": "unsure",
}

_OUTCOMES = {
    Outcome.NOT_APPLICABLE: ("DOES NOT APPLY", ""),
    Outcome.IGNORED: ("IGNORED", ""),
    Outcome.PASS: ("PASS", "good"),
    Outcome.WARN: ("WARN", "warn"),
    Outcome.WARN_MISSING: ("WARN, missing", "warn"),
    Outcome.WAIVED: ("WAIVED", "warn"),
    Outcome.UNKNOWN: ("UNKNOWN", "unsure"),
    Outcome.FAIL: ("FAIL", "bad"),
}


def section(name: str, heading: str, *content: Content) -> Markup | None:
    """A section under its heading; None when there is nothing in it."""
    if not any(content):
        return None
    return element("section", element("h2", heading), *content, id=name)


def word(said: str) -> Markup:
    """A verdict's word, with a colour that supports it."""
    return element("strong", said, class_=f"word {tone(said)}".strip())


def outcome_word(outcome: Outcome) -> Markup:
    """The word of a limit's outcome."""
    said, tone = _OUTCOMES[outcome]
    return element("strong", said, class_=f"word {tone}".strip())


def numeric_heading(said: str) -> Markup:
    """The heading of a column of numbers."""
    return element("th", said, scope="col", class_="number")


def tone(said: str) -> str:
    """The colour's name for a verdict's word; empty for what was not judged."""
    return _TONES.get(said, "")


def not_shown(count: int, things: str) -> Markup | None:
    """Nothing disappears silently: how many are left out; None when none are."""
    if count <= 0:
        return None
    return element("p", f"{count} more {things} are not on this page.", class_="more")

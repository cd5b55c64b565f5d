"""What a reminder says, before anybody decides how it looks."""

from dataclasses import dataclass

from recgate.domain.telling import WaiverEndTelling
from recgate.domain.waiver_end import WaiverEnd
from recgate.rendering.safe_text import clean
from recgate.rendering.stand_in import stand_in_words
from recgate.rendering.waiver_words import bound_words, day_words, people_words, scope_words

_NAME, _REASON = 80, 400


@dataclass(frozen=True, slots=True)
class WaiverEndStory:
    """Every string is cleaned and cut, and is still untrusted."""

    headline: str
    facts: tuple[tuple[str, str], ...]
    next_steps: tuple[str, ...]
    stood_in: tuple[str, ...]


def waiver_end_story(telling: WaiverEndTelling) -> WaiverEndStory:
    """The story of a reminder."""
    end = telling.end
    waiver = end.waiver
    name = clean(waiver.id, _NAME)
    return WaiverEndStory(
        headline=f"Waiver {name} {_when(end)}: {bound_words(waiver)}",
        facts=(
            ("Policy", clean(waiver.policy, _NAME)),
            ("Only for", scope_words(waiver)),
            ("Last day", f"{day_words(waiver.expires)} (UTC)"),
            ("Granted", people_words(waiver)),
            ("Reason", clean(waiver.reason, _REASON)),
        ),
        next_steps=(
            f"From {_day_after(end)} on, jobs that need it fail: change the configuration or the "
            "limit before then.",
            f"See who still needs it: recgate waiver check --stack {_STACK}.",
            "If it must go on, have a new waiver approved: recgate waiver add.",
        ),
        stood_in=tuple(stand_in_words(each) for each in telling.stands_in_for),
    )


_STACK = "recgate"
"""The stack's name in samconfig.toml."""


def _when(end: WaiverEnd) -> str:
    left = end.days_left
    if left <= 1:
        return "ends today"
    return "ends tomorrow" if left == 2 else f"ends in {left - 1} days"


def _day_after(end: WaiverEnd) -> str:
    after = end.waiver.expires.toordinal() + 1
    return day_words(type(end.waiver.expires).fromordinal(after))

"""The small pieces of HTML that every part of the page is made of."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from html import escape

_TONES = {
    "good": ("COMPLETED", "PASS", "delivered"),
    "bad": ("FAILED", "FAIL", "ERROR", "refused", "NO_RESULT"),
    "warn": ("STOPPING", "STOPPED", "WARN", "WAIVED", "WOULD_FAIL", "UNKNOWN", "released"),
    "busy": ("IN_PROGRESS", "claimed"),
}
_TONE = {word: tone for tone, words in _TONES.items() for word in words}


def chip(word: str) -> str:
    """A word in a coloured box; nothing for no word."""
    if not word:
        return ""
    shown = escape(word.replace("_", " "))
    return f'<span class="chip {_TONE.get(word, "plain")}">{shown}</span>'


def time_html(moment: datetime | None) -> str:
    """The time of the day in UTC, with the date for who points at it."""
    if moment is None:
        return ""
    utc = moment.astimezone(UTC)
    iso, shown = utc.isoformat(timespec="seconds"), utc.strftime("%H:%M:%S")
    return f'<time datetime="{iso}" title="{utc:%d %b %Y, %H:%M:%S} UTC">{shown}</time>'


def pretty(text: str) -> str:
    """JSON with its lines apart; any other text as it is. Escaped."""
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return escape(text)

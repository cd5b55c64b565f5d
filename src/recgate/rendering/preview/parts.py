"""The pieces that every part of a preview is made of."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from recgate.rendering.preview.markup import escaped


@dataclass(frozen=True, slots=True)
class Size:
    """How much of a limit is used: ``most`` is the limit."""

    name: str
    used: int
    most: int

    @property
    def is_over(self) -> bool:
        """Whether it is more than the medium takes."""
        return self.used > self.most


def part_html(anchor: str, title: str, inside: str, hint: str) -> str:
    """A part of the page with its heading; ``title`` and ``hint`` are text, ``inside`` is HTML."""
    said = f'<p class="hint">{escaped(hint)}</p>' if hint else ""
    return f'<section id="{anchor}"><h2>{escaped(title)}</h2>{said}{inside}</section>'


def sizes_html(sizes: Sequence[Size], refused: Sequence[str] = ()) -> str:
    """What is used of each limit, and why the medium would refuse it."""
    shown = " · ".join(f"<b>{_words(size)}</b>" if size.is_over else _words(size) for size in sizes)
    faults = "".join(f'<p class="fault">Refused: {escaped(fault)}</p>' for fault in refused)
    return f'<p class="sizes">{shown}</p>{faults}'


def folded_html(words: str, text: str) -> str:
    """JSON with its lines apart, or any other text, that opens when it is asked for."""
    return (
        f"<details><summary>{escaped(words)}</summary><pre>{escaped(pretty(text))}</pre></details>"
    )


def pretty(text: str) -> str:
    """JSON with its lines apart; any other text as it is."""
    with suppress(ValueError, RecursionError):
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text


def _words(size: Size) -> str:
    return f"{escaped(size.name)} {size.used:,} of {size.most:,}"


def clock_words(moment: datetime) -> str:
    """The time of the day as Slack prints it: ``6:32 AM``."""
    return moment.strftime("%I:%M %p").lstrip("0")

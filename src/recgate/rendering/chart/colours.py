"""The colours of the chart, for white and for dark paper."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Colours:
    """What the chart paints with: any value of SVG's ``fill``."""

    paper: str
    ink: str
    muted: str
    grid: str
    front: str
    good: str
    bad: str
    undecided: str
    existing: str


LIGHT = Colours(
    paper="#ffffff",
    ink="#1a1a2e",
    muted="#3f4458",
    grid="#e3e5ea",
    front="#6b7080",
    good="#0b7a5a",
    bad="#c2410c",
    undecided="#7a5b00",
    existing="#3b5bdb",
)
DARK = Colours(
    paper="#14161f",
    ink="#e8eaf0",
    muted="#b3b9c9",
    grid="#2c303d",
    front="#8b92a5",
    good="#4ccf9f",
    bad="#ff8f66",
    undecided="#e6c35c",
    existing="#8ea6ff",
)

_PREFIX = "--chart-"


def _themed(colours: Colours) -> Colours:
    named = {name: f"var({_PREFIX}{name}, {colour})" for name, colour in asdict(colours).items()}
    return Colours(**named)


THEMED = _themed(LIGHT)
"""What a page may override; a page that does not gets `LIGHT`.

resvg knows no custom properties and paints all of these black (resvg 0.48.1, in resvg-py
0.5.0, tried on 2026-11-22): what it draws must use `LIGHT` itself.
"""


def custom_properties(colours: Colours) -> Mapping[str, str]:
    """The CSS custom properties that make a chart in `THEMED` colours look so."""
    return {f"{_PREFIX}{name}": colour for name, colour in asdict(colours).items()}

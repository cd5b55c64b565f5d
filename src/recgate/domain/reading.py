"""One figure as it was reported, and what it counts as."""

import math
from dataclasses import dataclass
from enum import StrEnum

SIGNIFICANT_DIGITS = 6
"""Prices arrive as float32, which is exact to 6 significant digits and no further."""


def comparable(value: float) -> float:
    """The value rounded to 6 significant digits: what is compared with a limit.

    ``0.7360000014305115``, the float32 of 0.736, gives 0.736.
    """
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if math.isfinite(value) else value


class Source(StrEnum):
    """Where a figure comes from."""

    DESCRIBE = "describe"
    CLOUDWATCH = "cloudwatch"
    RECORDED = "recorded"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure of one recommendation: what was reported, and the number it counts as.

    ``value`` is finite, not negative and rounded by `comparable`, or None when the figure is
    missing; then ``missing`` says why in a few words ("not reported", "NaN", "too few
    samples: 12 of at least 100"). ``raw`` is what was reported, untouched.
    """

    value: float | None
    raw: object = None
    source: Source = Source.DESCRIBE
    missing: str = ""
    samples: int | None = None


NOT_REPORTED = Reading(None, missing="not reported")

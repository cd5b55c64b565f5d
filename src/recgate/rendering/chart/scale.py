"""The axes of the chart: which amounts they span, where an amount lies, where the ticks are."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_FAR = 2.4
"""A limit is drawn when the axis grows to this many times its length at most."""

_MARGIN = 0.085
"""Share of the axis left free at each end, so that no mark is cut."""

_ZERO_FROM = 0.55
"""A linear axis begins at 0 unless the smallest amount is more than this share of the largest."""

_LEAST_DECADES = 0.5
_LEAST_SHARE = 0.03
"""What the amounts themselves span at least, so that a hair's breadth does not fill the axis:
decades of a log axis, a share of the largest amount of a linear one.
"""

_MOST_TICKS = 8
_LARGEST = 1e300
_SMALLEST = 1e-300
_DECADES = 305.0
"""Beyond these, doubles lose digits or end; what lies there is drawn at the end of the axis."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A span of amounts. ``low`` and ``high`` are amounts, or on a log axis their logarithms."""

    low: float
    high: float
    is_log: bool
    ticks: tuple[float, ...]

    def share(self, amount: float) -> float:
        """Where an amount lies: 0 at the low end, 1 at the high end, clipped to these."""
        place = _level(amount, is_log=self.is_log)
        return min(max((place - self.low) / (self.high - self.low), 0.0), 1.0)

    def holds(self, amount: float) -> bool:
        """Whether the amount lies on the axis."""
        return self.low <= _level(amount, is_log=self.is_log) <= self.high

    def is_below(self, amount: float) -> bool:
        """Whether the amount lies below the axis."""
        return _level(amount, is_log=self.is_log) < self.low


def axis_of(
    amounts: Sequence[float], wanted: Iterable[float] = (), *, log_from: float = 6.0
) -> Axis:
    """An axis that holds all amounts (one at least, none negative), and of those that are wanted
    beside them (limits) each that is not so far away that the amounts would huddle in a corner.

    It is logarithmic from ``log_from`` on, the ratio of the largest to the smallest amount.
    """
    extra = list(wanted)
    everything = [*amounts, *extra]
    is_log = min(everything) > 0 and max(everything) / log_from >= min(everything)
    if is_log:
        low, high = _span(amounts, extra, is_log=True)
        if high - low >= math.log10(log_from):
            return Axis(low, high, is_log=True, ticks=_log_ticks(low, high))
    low, high = _span(amounts, extra, is_log=False)
    return Axis(low, high, is_log=False, ticks=_linear_ticks(low, high))


def _level(amount: float, *, is_log: bool) -> float:
    return math.log10(max(amount, _SMALLEST)) if is_log else amount


def _kept(amount: float) -> float:
    return 0.0 if amount < _SMALLEST else min(amount, _LARGEST)


def _span(
    amounts: Sequence[float], wanted: Sequence[float], *, is_log: bool
) -> tuple[float, float]:
    levels = [_level(_kept(amount), is_log=is_log) for amount in amounts]
    low, high = min(levels), max(levels)
    if is_log:
        low, high = _at_least(low, high, _LEAST_DECADES)
    else:
        low, high = _from_zero(low, high)
        low, high = _at_least(low, high, _LEAST_SHARE * high)
    furthest, middle = _FAR * (high - low), (low + high) / 2
    beside = [_level(_kept(each), is_log=is_log) for each in wanted]
    for level in sorted(beside, key=lambda each: abs(each - middle)):
        if max(high, level) - min(low, level) <= furthest:
            low, high = min(low, level), max(high, level)
    if not is_log:
        low, high = _from_zero(low, high)
    margin = _MARGIN * (high - low)
    if is_log:
        return max(low - margin, -_DECADES), min(high + margin, _DECADES)
    return (low if low == 0.0 else low - margin), high + margin


def _at_least(low: float, high: float, span: float) -> tuple[float, float]:
    more = max(span - (high - low), 0.0) / 2
    return low - more, high + more


def _from_zero(low: float, high: float) -> tuple[float, float]:
    """The span of a linear axis, from 0 unless that would leave it half empty."""
    if low == high:  # one amount alone: some way below the upper end
        return 0.0, 1.35 * high or 1.0
    return (0.0 if low <= _ZERO_FROM * high else low), high


def _linear_ticks(low: float, high: float) -> tuple[float, ...]:
    """Round amounts: at least two, `_MOST_TICKS` at most."""
    rough = (high - low) / (_MOST_TICKS - 1)
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * each for each in (1, 2, 2.5, 5, 10, 20) if unit * each >= rough)
    start = math.ceil(low / step - 1e-9)
    end = math.floor(high / step + 1e-9)
    # Rounded, for 3 times 0.1 is not 0.3.
    return tuple(float(f"{count * step:.12g}") for count in range(start, end + 1))


def _log_ticks(low: float, high: float) -> tuple[float, ...]:
    """1, 2 and 5 times the powers of ten, or the powers alone, or some of them."""
    powers = range(math.floor(low), math.ceil(high) + 1)
    for steps, every in (((1, 2, 5), 1), ((1, 3), 1), *(((1,), each) for each in range(1, 700))):
        ticks = [
            float(f"{step}e{power}")
            for power in powers
            if not power % every
            for step in steps
            if low <= power + math.log10(step) <= high
        ]
        if len(ticks) <= _MOST_TICKS:
            return tuple(ticks)
    return ()

"""The axes of the chart: every amount has its place, and the ticks are round."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recgate.rendering.chart.paper import ticks_of
from recgate.rendering.chart.scale import axis_of

amounts = st.one_of(
    st.floats(0, 1e308),
    st.floats(1e-6, 1e6),
    st.floats(0.99, 1.01),
    st.sampled_from([0.0, 5e-324, 1e308]),
)


@given(st.lists(amounts, min_size=1, max_size=12), st.lists(amounts, max_size=3))
def test_every_amount_lies_on_the_axis_and_in_order(
    found: list[float], limits: list[float]
) -> None:
    """The cheaper one never lies to the right, whatever the range."""
    axis = axis_of(found, limits)
    shares = [axis.share(amount) for amount in sorted(found)]

    assert all(0 <= share <= 1 for share in shares)
    assert shares == sorted(shares)
    assert math.isfinite(axis.low)
    assert axis.high > axis.low


@given(st.lists(amounts, min_size=1, max_size=12), st.lists(amounts, max_size=3))
def test_no_two_ticks_are_written_alike(found: list[float], limits: list[float]) -> None:
    """Few, in order, on the axis."""
    axis = axis_of(found, limits)
    for unit in ("USD", "ms"):
        labels = [tick.label for tick in ticks_of(axis, unit)]

        assert len(set(labels)) == len(labels) <= 9
        assert list(axis.ticks) == sorted(axis.ticks)
        assert all(math.isfinite(tick) for tick in axis.ticks)


@pytest.mark.parametrize(
    ("found", "limits", "unit", "labels"),
    [
        ([0.102, 1.515], [1.5], "USD", ["$0.10", "$0.20", "$0.50", "$1.00"]),
        ([17, 131], [120], "ms", ["0", "25", "50", "75", "100", "125"]),
        ([0.87], [], "USD", ["$0.00", "$0.20", "$0.40", "$0.60", "$0.80", "$1.00", "$1.20"]),
        ([0.005], [], "USD", ["$0.000", "$0.002", "$0.004", "$0.006"]),
        ([1e-3, 1e3], [], "USD", ["$0.001", "$0.01", "$0.10", "$1.00", "$10.00", "$100", "$1,000"]),
        ([250, 1000], [], "USD", ["$0", "$200", "$400", "$600", "$800", "$1,000"]),
        ([0], [], "ms", ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
    ],
)
def test_ticks_are_amounts_that_people_say(
    found: list[float], limits: list[float], unit: str, labels: list[str]
) -> None:
    """1, 2 and 5; cents for money as long as they count; as many decimals as are needed."""
    axis = axis_of(found, limits, log_from=25 if unit == "ms" else 6)

    assert [tick.label for tick in ticks_of(axis, unit)] == labels


def test_a_near_limit_is_on_the_axis_and_a_far_one_is_not() -> None:
    """The amounts fill two fifths of the axis at least."""
    costs = [1.0, 1.5]

    assert axis_of(costs, [2.0]).holds(2.0)
    assert not axis_of(costs, [1000.0]).holds(1000.0)
    far_below = axis_of(costs, [0.0001])
    assert not far_below.holds(0.0001)
    assert far_below.is_below(0.0001)


@given(st.lists(st.floats(0.01, 1e4), min_size=2, max_size=10), st.floats(1e-6, 1e9))
def test_a_limit_never_squeezes_the_amounts_into_a_corner(found: list[float], limit: float) -> None:
    """A tenth of the axis is the least that amounts apart from one another keep."""
    alone, beside = axis_of(found), axis_of(found, [limit])
    if alone.is_log != beside.is_log:
        return
    width = max(map(alone.share, found)) - min(map(alone.share, found))

    assert max(map(beside.share, found)) - min(map(beside.share, found)) >= 0.3 * width


def test_equal_amounts_have_one_place() -> None:
    """And the axis has a length all the same."""
    axis = axis_of([84.0, 84.0])

    assert 0 < axis.share(84.0) < 1

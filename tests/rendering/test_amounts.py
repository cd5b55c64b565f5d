"""Amounts as people read them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recgate.domain.candidate import Metric
from recgate.domain.reading import comparable
from recgate.rendering.amounts import distinct, exact, number, relative, scale_of, with_unit
from tests.builders import at_most, candidate, decision, policy, snapshot

amounts = st.floats(min_value=0, max_value=1e15, allow_nan=False)
units = st.sampled_from(["USD", "ms", "/min", "%", "MB", ""])


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (2.41, "USD", "$2.41"),
        (25.0, "USD", "$25.00"),
        (0.0, "USD", "$0.00"),
        (0.087, "USD", "$0.087"),
        (0.000012345, "USD", "$0.000012"),
        (1234567.0, "USD", "$1,234,567.00"),
        (-3.2, "USD", "-$3.20"),
        (84.0, "ms", "84 ms"),
        (84.26, "ms", "84.3 ms"),
        (0.5, "ms", "0.5 ms"),
        (7260.0, "/min", "7,260/min"),
        (100.0, "%", "100%"),
        (-12.5, "%", "-12.5%"),
        (4096.0, "MB", "4,096 MB"),
        (8.0, "", "8"),
        (1e300, "ms", "1.00e+300 ms"),
        (1e-9, "USD", "$1.00e-09"),
    ],
)
def test_an_amount_has_its_unit_and_as_many_digits_as_help(
    value: float, unit: str, written: str
) -> None:
    """Thousands are set apart, a tiny price keeps two digits that mean something."""
    assert with_unit(number(value, unit), unit) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (12_345_678.9, "$12,345,700"),
        (12_345.68, "$12,345.7"),
        (12_345.6, "$12,345.60"),
        (99_999.99, "$100,000"),
        (100_000.0, "$100,000.00"),
        (0.17400000000001, "$0.174"),
    ],
)
def test_no_decimals_are_told_that_were_rounded_away(value: float, written: str) -> None:
    """Zeros in the place of digits that nobody knows would be another amount."""
    assert exact(value, "USD") == written


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_said_as_it_is(value: float) -> None:
    """And nothing looks for its digits without end."""
    assert exact(value, "USD") == str(value)


@pytest.mark.parametrize(
    ("value", "limit", "said"),
    [
        (2.41, 1.5, "+61%"),
        (300, 400, "-25%"),
        (25.25, 1.5, "+1,583%"),
        (1.504, 1.5, "+0.3%"),
        (1.50001, 1.5, "+<0.001%"),
        (1.49999, 1.5, "-<0.001%"),
        (0.174, 50, "-99.7%"),
        (0.00001, 50, "-99.9%"),
        (0, 50, "-100%"),
        (1.5, 1.5, "at the limit"),
        (1e9, 1.0, "1,000,000,000 times the limit"),
        (5.0, 0.0, ""),
        (-5.0, -10.0, "+50%"),
    ],
)
def test_a_distance_is_a_share_of_the_limit(value: float, limit: float, said: str) -> None:
    """Never +0% for what is over, and never -100% for what is something."""
    assert relative(value, limit) == said


@given(st.lists(amounts, min_size=2, max_size=8), units)
def test_two_different_amounts_never_print_alike(values: list[float], unit: str) -> None:
    """And the greater one reads greater."""
    written = distinct(values, unit)

    ordered = sorted({comparable(value) for value in values})
    read = [float(written[value].replace(",", "")) for value in ordered]
    assert read == sorted(set(read))


@given(amounts, units)
def test_an_exact_amount_is_the_one_that_is_compared(value: float, unit: str) -> None:
    """What a person copies into a policy is what was measured."""
    digits = exact(value, unit).removeprefix("$").removesuffix(unit).replace(",", "")

    assert float(digits) == comparable(value)


def test_digits_are_added_only_where_amounts_collide() -> None:
    """$1.504 > $1.500, and $2.41 stays as it is."""
    assert distinct([1.5, 1.504, 2.41], "USD") == {1.5: "1.500", 1.504: "1.504", 2.41: "2.41"}
    assert distinct([120, 120.4, math.inf], "ms") == {120: "120", 120.4: "120.4"}


def test_a_figure_and_a_threshold_of_a_message_share_one_scale() -> None:
    """A row of the table and the limit above it never look the same when they are not."""
    judged = decision(
        snapshot(candidate(cost_per_hour_usd=1.504)), policy(at_most("max_cost_per_hour_usd", 1.5))
    )

    scale = scale_of(judged)

    assert scale.amount(Metric.COST_PER_HOUR_USD, 1.504) == "$1.504"
    assert scale.amount(Metric.COST_PER_HOUR_USD, 1.5) == "$1.500"
    assert scale.amount(Metric.COST_PER_HOUR_USD, 0.17) == "$0.17"

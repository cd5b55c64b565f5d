import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recgate.dialect.document import canonical_value
from recgate.dialect.readings import concurrent_users, gain_pct, price, reading

# As json.loads gives them: the wire may hold any of these where a number belongs.
MISSING_ON_THE_WIRE = {
    "null": "null",
    "the string NaN": '"NaN"',
    "the string nan": '" nan "',
    "a bare NaN": "NaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
    "a number beyond floats": "1e999",
    "an integer beyond floats": "9" * 400,
    "digits in a string": '"171"',
    "true": "true",
    "false": "false",
    "a negative number": "-1",
    "an empty string": '""',
    "a list": "[1]",
    "an object": '{"Value": 1}',
}


@pytest.mark.parametrize("text", MISSING_ON_THE_WIRE.values(), ids=MISSING_ON_THE_WIRE.keys())
def test_what_is_not_a_measured_number_is_missing_and_says_why(text: str) -> None:
    """Nothing but a finite number that is not negative ever counts as one."""
    raw = canonical_value(json.loads(text))

    found = reading(raw)

    assert found.value is None
    assert found.missing


def test_the_four_forms_of_nan_read_alike() -> None:
    """The string, the bare literal, null and an absent member are all missing."""
    forms: list[Any] = [
        canonical_value("NaN"),
        canonical_value(math.nan),
        canonical_value(None),
        canonical_value({}).get("CpuUtilization"),  # type: ignore[union-attr]
    ]

    found = [reading(form) for form in forms]

    assert [each.value for each in found] == [None] * 4
    assert [each.missing for each in found] == ["NaN", "NaN", "not reported", "not reported"]


def test_a_price_in_float32_is_the_price_that_was_meant() -> None:
    """0.736 arrives as a little more than 0.736; the raw value stays beside it."""
    found = reading(0.7360000014305115)

    assert (found.value, found.raw) == (0.736, 0.7360000014305115)


def test_a_fraction_in_an_integer_member_is_kept() -> None:
    """The model says integer; what came is what counts."""
    assert reading(12.5).value == 12.5


def test_a_utilisation_above_one_hundred_is_a_number_like_any_other() -> None:
    """CPU utilisation sums cores."""
    assert reading(317.25).value == 317.25


@pytest.mark.parametrize("raw", [0, 0.0, -0.0])
def test_a_price_of_zero_is_missing(raw: float) -> None:
    """Nothing that runs is free, so zero is a figure that is not there."""
    assert price(raw).value is None
    assert reading(raw).value == 0


def test_a_scale_that_leaves_the_floats_is_missing() -> None:
    """A number is never made infinite on the way."""
    assert price(1e305, scale=1e6).missing == "infinite"


@given(st.floats() | st.integers() | st.booleans() | st.text() | st.none())
def test_a_reading_is_finite_and_not_negative_or_missing(raw: Any) -> None:
    """Whatever arrives, what is compared with a limit is a plain number."""
    found = reading(canonical_value(raw))

    if found.value is None:
        assert found.missing
    else:
        assert math.isfinite(found.value)
        assert found.value >= 0


def test_littles_law_counts_users_from_a_rate_per_minute_and_milliseconds() -> None:
    """1,645 a minute at 171 ms keep 4.7 clients busy."""
    assert concurrent_users(1645, 171) == pytest.approx(4.688, abs=0.001)
    assert concurrent_users(None, 171) == concurrent_users(1645, None) == 0


@pytest.mark.parametrize(("better", "worse"), [(None, 1.0), (1.0, None), (1.0, 0.0)])
def test_a_gain_without_both_sides_is_missing(better: float | None, worse: float | None) -> None:
    """A comparison with nothing is no gain and no loss."""
    assert gain_pct(better, worse).value is None


def test_a_loss_is_a_negative_gain() -> None:
    """Twice the latency is a gain of -100 %."""
    assert gain_pct(200, 100).value == -100

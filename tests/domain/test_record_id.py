"""Ids of records: ULIDs."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recgate.domain.record_id import ENTROPY_BYTES, made_at, record_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENTS = st.integers(0, 253_402_200_000 * 10**6).map(lambda n: _EPOCH + timedelta(microseconds=n))
_ENTROPY = st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES)


def test_an_id_is_the_one_of_the_specification() -> None:
    """The reference's own example: 1469918176385 milliseconds are 01ARYZ6S41."""
    at = _EPOCH + timedelta(milliseconds=1469918176385)

    made = record_id(at, bytes(10))

    assert made == "01ARYZ6S41" + "0" * 16


@given(at=_MOMENTS, entropy=_ENTROPY)
def test_an_id_tells_when_it_was_made(at: datetime, entropy: bytes) -> None:
    """To the millisecond, cut and not rounded."""
    told = made_at(record_id(at, entropy))

    assert told <= at < told + timedelta(milliseconds=1)


@given(first=_MOMENTS, second=_MOMENTS, entropy=_ENTROPY)
def test_ids_sort_by_their_time(first: datetime, second: datetime, entropy: bytes) -> None:
    """As text, whatever is random in them."""
    one, other = record_id(first, entropy), record_id(second, bytes(10))

    if made_at(one) != made_at(other):
        assert (one < other) is (first < second)


@given(entropy=st.tuples(_ENTROPY, _ENTROPY))
def test_what_is_random_tells_ids_apart(entropy: tuple[bytes, bytes]) -> None:
    """All eighty bits of it."""
    at = datetime(2026, 11, 22, tzinfo=UTC)

    one, other = (record_id(at, each) for each in entropy)

    assert (one == other) is (entropy[0] == entropy[1])


@pytest.mark.parametrize(
    ("at", "entropy"),
    [
        (datetime(1969, 12, 31, tzinfo=UTC), bytes(10)),
        (datetime(2026, 1, 1, tzinfo=UTC), bytes(9)),
        (datetime(2026, 1, 1, tzinfo=UTC), bytes(11)),
    ],
)
def test_what_no_id_can_be_made_of_is_refused(at: datetime, entropy: bytes) -> None:
    """A time before 1970, and another number of random bytes."""
    with pytest.raises(ValueError, match="no record id can be made"):
        record_id(at, entropy)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01ARYZ6S41" + "0" * 15,
        "01ARYZ6S41" + "0" * 17,
        "01aryz6s41" + "0" * 16,
        "01ARYZ6S4I" + "0" * 16,
        "8" + "0" * 25,
        "é" * 26,
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    """Too short, too long, small letters, letters that are left out, more than 128 bits."""
    with pytest.raises(ValueError, match="is no record id"):
        made_at(text)

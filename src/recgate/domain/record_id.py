"""The id of a record: a ULID, which sorts by the time it was made at.

https://github.com/ulid/spec: 48 bits of milliseconds since 1970, then 80 random bits, written in
Crockford's base 32 as 26 characters.
"""

from datetime import UTC, datetime, timedelta

ENTROPY_BYTES = 10
"""How many random bytes an id needs."""

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26
_RANDOM_BITS = 8 * ENTROPY_BYTES
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def record_id(at: datetime, entropy: bytes) -> str:
    """The id of a record made at that moment (an aware time), of 10 random bytes.

    Raises ValueError for a time before 1970 and for another number of bytes.
    """
    milliseconds = (at - _EPOCH) // _MILLISECOND
    if len(entropy) != ENTROPY_BYTES or milliseconds < 0:
        raise ValueError(f"no record id can be made of {at} and {len(entropy)} random bytes")
    number = milliseconds << _RANDOM_BITS | int.from_bytes(entropy)
    return "".join(_DIGITS[number >> shift & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))


def made_at(identifier: str) -> datetime:
    """When the record was made, to the millisecond (UTC). Raises ValueError for no ULID."""
    if len(identifier) != _LENGTH or not set(identifier) <= set(_DIGITS) or identifier[0] > "7":
        raise ValueError(f"{identifier[:40]!r} is no record id (a ULID)")
    number = sum(_DIGITS.index(digit) << 5 * n for n, digit in enumerate(identifier[::-1]))
    return _EPOCH + (number >> _RANDOM_BITS) * _MILLISECOND

"""How the shape of a JSON value is said and checked: what is not said to be allowed is not.

A check gives a sentence for everything that is wrong with a value, each beginning with where.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

Check = Callable[[object, str], Iterator[str]]

_NOTHING: Mapping[str, Check] = {}


def text(limit: int) -> Check:
    """Something to read, of at most ``limit`` characters."""

    def check(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"{where} is not a text"
            return
        if not value.strip():
            yield f"{where} is empty"
        if len(value) > limit:
            yield f"{where} has {len(value)} characters, more than {limit}"
        if not value.replace("\n", "").isprintable():
            yield f"{where} has characters that nobody can see"

    return check


def matching(pattern: str, words: str) -> Check:
    """A string that matches the whole pattern; ``words`` say what that is."""

    def check(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, str) or re.fullmatch(pattern, value) is None:
            yield f"{where} is not {words}"

    return check


def exactly(wanted: object) -> Check:
    """One value and no other."""

    def check(value: object, where: str) -> Iterator[str]:
        if value != wanted:
            yield f"{where} is not {wanted}"

    return check


def true(value: object, where: str) -> Iterator[str]:
    """True, and not 1."""
    if value is not True:
        yield f"{where} is not true"


def false(value: object, where: str) -> Iterator[str]:
    """False, and not 0."""
    if value is not False:
        yield f"{where} is not false"


def one_of(*words: str) -> Check:
    """One of some words."""

    def check(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, str) or value not in words:
            yield f"{where} is none of {', '.join(words)}"

    return check


def boolean(value: object, where: str) -> Iterator[str]:
    """True or false."""
    if not isinstance(value, bool):
        yield f"{where} is neither true nor false"


def number(value: object, where: str) -> Iterator[str]:
    """A number that JSON can say."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        yield f"{where} is not a number"


def whole(low: int, high: int) -> Check:
    """A whole number in a range, both ends included."""

    def check(value: object, where: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            yield f"{where} is not a whole number from {low} to {high}"

    return check


def listed(each: Check, *, least: int = 1, most: int) -> Check:
    """A list of so many."""

    def check(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, list | tuple):
            yield f"{where} is not a list"
            return
        if not least <= len(value) <= most:
            yield f"{where} has {len(value)} entries, not {least} to {most}"
        for place, item in enumerate(value):
            yield from each(item, f"{where}[{place}]")

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] = _NOTHING) -> Check:
    """An object with these members and no others."""

    def check(value: object, where: str) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield f"{where} is not an object"
            return
        for member in required:
            if member not in value:
                yield f"{where} has no {member}"
        for member, item in value.items():
            known = required.get(member) or optional.get(member)
            if known is None:
                yield f"{where} has {str(member)[:40]!r}, which is not known"
            else:
                yield from known(item, f"{where}.{member}")

    return check


def tagged(kinds: Mapping[str, Check]) -> Check:
    """An object whose ``type`` says which of some shapes the rest of it has."""

    def check(value: object, where: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, Mapping) else None
        if not isinstance(value, Mapping) or not isinstance(kind, str) or kind not in kinds:
            yield f"{where} is of type {str(kind)[:40]!r}, none of {', '.join(kinds)}"
            return
        rest = {member: item for member, item in value.items() if member != "type"}
        yield from kinds[kind](rest, where)

    return check


def every(*checks: Check) -> Check:
    """All of them at once."""

    def check(value: object, where: str) -> Iterator[str]:
        for each in checks:
            yield from each(value, where)

    return check


def entries(value: object) -> Sequence[object]:
    """The entries of a list; none of anything else, which its own check complains about."""
    return value if isinstance(value, list | tuple) else ()


def members(value: object) -> Mapping[object, object]:
    """The members of an object; none of anything else, which its own check complains about."""
    return value if isinstance(value, Mapping) else {}

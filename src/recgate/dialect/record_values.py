"""The values in a recorded document, each of the type that it must have or a TypeError."""

from collections.abc import Mapping, Sequence

from recgate.domain.canonical import Json

Record = Mapping[str, Json]


def text_in(value: Json) -> str:
    """The value, which is text."""
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} is not text")
    return value


def count_in(value: Json) -> int:
    """The value, which is a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{str(value)[:40]!r} is not a count")
    return value


def figure_in(value: Json) -> float | None:
    """The number of which `recgate.domain.decision_record.plain` made text, of the same type;
    None where none was written.
    """
    if value is None:
        return None
    text = text_in(value)
    return int(text) if text.removeprefix("-").isdecimal() else float(text)


def list_in(owner: Record, member: str) -> Sequence[Json]:
    """The list under a member, which must be there (else KeyError)."""
    found = owner[member]
    if not isinstance(found, list | tuple):
        raise TypeError(f"{member} is not a list")
    return found


def objects_in(owner: Record, member: str) -> Sequence[Record]:
    """The list of objects under a member, which must be there (else KeyError)."""
    found = list_in(owner, member)
    objects = [each for each in found if isinstance(each, Mapping)]
    if len(objects) < len(found):
        raise TypeError(f"{member} does not hold objects")
    return objects


def texts_in(owner: Record, member: str) -> tuple[str, ...]:
    """The list of texts under a member, which must be there (else KeyError)."""
    return tuple(text_in(each) for each in list_in(owner, member))

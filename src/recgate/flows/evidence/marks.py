"""What a verification remembers of every record: eight bytes for its place, eight for its id."""

from array import array
from bisect import bisect_left
from itertools import pairwise

_64_BITS = (1 << 64) - 1


class Marks:
    """Marks of things, of which there may be millions; what they were cannot be read back.

    A mark is Python's own hash, which is seeded anew in every process: nobody can prepare two
    things that look alike to it.
    """

    def __init__(self) -> None:
        self._marks = array("Q")
        self._is_sorted = True

    def add(self, thing: object) -> None:
        """Mark the thing, once more if it is marked."""
        self._marks.append(mark_of(thing))
        self._is_sorted = False

    def __contains__(self, thing: object) -> bool:
        self._sort()
        mark = mark_of(thing)
        place = bisect_left(self._marks, mark)
        return place < len(self._marks) and self._marks[place] == mark

    def twice(self) -> frozenset[int]:
        """The marks that were made more than once."""
        self._sort()
        return frozenset(one for one, other in pairwise(self._marks) if one == other)

    def _sort(self) -> None:
        if not self._is_sorted:
            self._marks = array("Q", sorted(self._marks))
            self._is_sorted = True


def is_one_of(thing: object, marks: frozenset[int]) -> bool:
    """Whether the thing has one of these marks."""
    return mark_of(thing) in marks


def mark_of(thing: object) -> int:
    """The mark of a thing, as long as this process runs."""
    return hash(thing) & _64_BITS

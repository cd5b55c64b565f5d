"""The contenders: recgate itself, Cloud Custodian and jsonschema, each saying the same limits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.workload import Job

Work = Callable[[], object]
"""The timed part: judges the rows that it was prepared for."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to judge rows. Whatever is done once, before rows are judged, is in ``prepare``."""

    name: str
    what: str
    prepare: Callable[[Sequence[Job]], Work]


@dataclass(frozen=True, slots=True)
class Answers:
    """How one contender answers: the ids of the rows that it lets pass.

    ``is_timed`` says whether this very form is measured, so that it must agree with recgate on
    every row whose figures are all there. The other forms only show what they make of the rest.
    """

    name: str
    passing: Callable[[Sequence[Job]], frozenset[str]]
    is_timed: bool

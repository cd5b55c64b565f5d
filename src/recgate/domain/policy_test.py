"""A test of a policy: one job, and what the policy must make of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from recgate.domain.job import Snapshot
from recgate.domain.verdict import Outcome, Verdict
from recgate.domain.waiver import Waiver

Place = tuple[str | int, ...]
"""The way to a value in a test file: ``("tests", 0, "expect", "verdict")``."""

NO_CANDIDATE: Literal["none"] = "none"
"""What is expected of ``chosen`` and ``nearest_miss`` when there is to be none."""


class LimitWord(StrEnum):
    """What a test says of a limit."""

    PASS = "pass"  # noqa: S105  a word of the language
    WARN = "warn"
    WAIVED = "waived"
    FAIL = "fail"
    MISSING = "missing"
    """The value was not measured, whatever ``on_missing`` makes of that."""
    UNKNOWN = "unknown"
    IGNORED = "ignored"
    NOT_APPLICABLE = "not applicable"

    def takes(self, outcome: Outcome) -> bool:
        """Whether an outcome is what the word says."""
        return outcome in _OUTCOMES[self]


_OUTCOMES = {
    LimitWord.PASS: (Outcome.PASS,),
    LimitWord.WARN: (Outcome.WARN,),  # and not WARN_MISSING: a figure left out is no warning
    LimitWord.WAIVED: (Outcome.WAIVED,),
    LimitWord.FAIL: (Outcome.FAIL,),
    LimitWord.MISSING: (Outcome.UNKNOWN, Outcome.WARN_MISSING, Outcome.IGNORED),
    LimitWord.UNKNOWN: (Outcome.UNKNOWN,),
    LimitWord.IGNORED: (Outcome.IGNORED,),
    LimitWord.NOT_APPLICABLE: (Outcome.NOT_APPLICABLE,),
}

_WORDS = {
    Outcome.PASS: LimitWord.PASS,
    Outcome.WARN: LimitWord.WARN,
    Outcome.WARN_MISSING: LimitWord.MISSING,
    Outcome.WAIVED: LimitWord.WAIVED,
    Outcome.UNKNOWN: LimitWord.UNKNOWN,
    Outcome.IGNORED: LimitWord.IGNORED,
    Outcome.FAIL: LimitWord.FAIL,
    Outcome.NOT_APPLICABLE: LimitWord.NOT_APPLICABLE,
}


def word_of(outcome: Outcome) -> LimitWord:
    """The word that says an outcome most exactly."""
    return _WORDS[outcome]


@dataclass(frozen=True, slots=True)
class ExpectedCandidate:
    """What is expected of one recommendation; None and empty: nothing."""

    verdict: Verdict | None = None
    limits: Mapping[str, LimitWord] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of the policy; None and empty: nothing.

    A recommendation is named as in `candidate_named`. ``limits`` are those of the deciding
    recommendation.
    """

    applies: bool | None = None
    verdict: Verdict | None = None
    deciding: str | None = None
    chosen: str | None = None
    nearest_miss: str | None = None
    limits: Mapping[str, LimitWord] = field(default_factory=dict)
    candidates: Mapping[str, ExpectedCandidate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """One test. ``place`` is where it stands in its file.

    ``said`` are the keys of a scope that the test speaks of (``job_names``, ``tags``, …); the
    policy's other conditions are taken to be met. None: the job is whole, and all of them count.
    """

    name: str
    policy: str
    place: Place
    today: date
    snapshot: Snapshot
    expected: Expected
    said: frozenset[str] | None = None
    waivers: tuple[Waiver, ...] = ()

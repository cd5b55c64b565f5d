"""The words of an answer, from the best to the worst."""

from enum import IntEnum, StrEnum


class Outcome(IntEnum):
    """How one limit turned out for one candidate.

    The numbers are in the order of the policy language's rule 1, so the worst of several
    limits is their maximum.
    """

    NOT_APPLICABLE = 0
    """The limit does not exist for this kind of row: it takes no part."""
    IGNORED = 1
    """Missing, under ``on_missing: ignore``: counts as a pass and is printed."""
    PASS = 2
    WARN = 3
    WARN_MISSING = 4
    """Missing, under ``on_missing: warn``."""
    WAIVED = 5
    UNKNOWN = 6
    """Missing, under ``on_missing: fail``."""
    FAIL = 7


class Verdict(StrEnum):
    """The answer of a policy, and of all of them together."""

    PASS = "PASS"
    WARN = "WARN"
    WAIVED = "WAIVED"
    WOULD_FAIL = "WOULD_FAIL"
    UNCOVERED = "UNCOVERED"
    NO_RESULT = "NO_RESULT"
    UNKNOWN = "UNKNOWN"
    FAIL = "FAIL"
    ERROR = "ERROR"

    @property
    def opens_gate(self) -> bool:
        """Whether a configuration may be deployed on this verdict. Unknown is never a pass."""
        return self in (Verdict.PASS, Verdict.WARN, Verdict.WAIVED)

    @property
    def rank(self) -> int:
        """The place between the best (0) and the worst: the worst of several is their maximum."""
        return _RANKS[self]


_RANKS = {verdict: rank for rank, verdict in enumerate(Verdict)}

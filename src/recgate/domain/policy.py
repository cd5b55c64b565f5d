"""A policy: whom it concerns, what it demands, and what follows."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from recgate.domain.limits import Limit, OnMissing
from recgate.domain.scope import EVERY_JOB, Scope


class Mode(StrEnum):
    """Whether a failure counts."""

    ENFORCE = "enforce"
    OBSERVE = "observe"


class RegistryAction(StrEnum):
    """What a verdict does to the job's model package."""

    NONE = "none"
    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Quantifier:
    """How many candidates must meet every limit. ``at_least`` None means all of them."""

    at_least: int | None = 1


ANY = Quantifier(1)
ALL = Quantifier(None)


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy file, checked. ``digest`` is that of the document as it was written."""

    name: str
    limits: tuple[Limit, ...]
    digest: str
    scope: Scope = EVERY_JOB
    owner: str = ""
    description: str = ""
    docs: str = ""
    candidates: Quantifier = ANY
    on_missing: OnMissing = OnMissing.FAIL
    mode: Mode = Mode.ENFORCE
    enforce_from: date | None = None
    notify: tuple[str, ...] = ()
    on_pass: RegistryAction = RegistryAction.NONE
    on_fail: RegistryAction = RegistryAction.NONE
    file: str = ""

    def mode_on(self, today: date) -> Mode:
        """The mode in force on a day: before ``enforce_from`` a policy only observes."""
        if self.enforce_from is not None and today < self.enforce_from:
            return Mode.OBSERVE
        return self.mode

    @property
    def needs_p99(self) -> bool:
        """Whether a verdict of this policy rests on the measured P99."""
        return any(limit.name == "max_latency_p99_ms" for limit in self.limits)

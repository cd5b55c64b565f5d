"""What a reason of SageMaker's most likely means, and what to do next."""

from dataclasses import dataclass

from recgate.rendering.advice.failure_reason import KnownReason
from recgate.rendering.advice.failures_of_hosting import OF_HOSTING
from recgate.rendering.advice.failures_of_invocations import OF_INVOCATIONS
from recgate.rendering.advice.failures_of_provisioning import OF_PROVISIONING
from recgate.rendering.advice.failures_of_requests import OF_REQUESTS
from recgate.rendering.safe_text import clean

KNOWN_REASONS: tuple[KnownReason, ...] = (
    *OF_REQUESTS,
    *OF_PROVISIONING,
    *OF_HOSTING,
    *OF_INVOCATIONS,
)
"""In the order in which they are tried: a reason may hold several, and the first one counts."""

_READ = 4_000
"""Characters of a reason that are looked at. SageMaker's have at most 1,024."""


@dataclass(frozen=True, slots=True)
class LikelyCause:
    """A cause in a few words, in a sentence or two, and the next steps, the most useful first."""

    title: str
    cause: str
    next_steps: tuple[str, ...]


def likely_cause(reason: str) -> LikelyCause | None:
    """The cause that a failure reason points to; None for a reason that says nothing known."""
    known = known_reason(reason)
    return LikelyCause(known.title, known.cause, known.next_steps) if known else None


def known_reason(reason: str) -> KnownReason | None:
    """The entry of the table that explains a failure reason; None when none does."""
    read = clean(reason, _READ)
    return next((known for known in KNOWN_REASONS if known.explains(read)), None)

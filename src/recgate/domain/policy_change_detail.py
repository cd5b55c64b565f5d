"""The parts that a change of the policies is made of, one shape for each kind of change."""

from dataclasses import dataclass

from recgate.domain.candidate import EndpointKind
from recgate.domain.canonical import Json
from recgate.domain.job_limit import JobLimit
from recgate.domain.limits import Limit, OnMissing
from recgate.domain.numeric_limit import NumericLimit
from recgate.domain.policy import Policy, Quantifier, RegistryAction
from recgate.domain.route import Route
from recgate.domain.set_limit import SetLimit
from recgate.domain.waiver import Waiver


@dataclass(frozen=True, slots=True)
class Added:
    """Something that was not there."""

    what: Policy | Limit | Waiver | Route


@dataclass(frozen=True, slots=True)
class Removed:
    """Something that is not there any more."""

    what: Policy | Limit | Waiver | Route


@dataclass(frozen=True, slots=True)
class Renamed:
    """A policy of the same content under another name."""

    before: str


@dataclass(frozen=True, slots=True)
class Bound:
    """``warn`` or ``fail`` of a limit on a figure; None: there is none."""

    old: float | None
    new: float | None
    side: str
    limit: NumericLimit
    """The limit as it is now."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a limit on names, or on a field of the job, newly takes and takes no more.

    ``joins`` and ``leaves`` are names, or values of the field. ``others_join`` and
    ``others_leave``: so do all that neither version names.
    """

    old: SetLimit | JobLimit
    new: SetLimit | JobLimit
    joins: tuple[Json, ...] = ()
    leaves: tuple[Json, ...] = ()
    others_join: bool = False
    others_leave: bool = False
    absence_joins: bool = False
    absence_leaves: bool = False
    """A field that is not there; of a job's rule that asks for something else now."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What a missing value counts as, for limits that are in both versions.

    ``by_policy``: the policy's own ``on_missing`` is what changed.
    """

    old: OnMissing
    new: OnMissing
    limits: tuple[str, ...]
    by_policy: bool


@dataclass(frozen=True, slots=True)
class Candidates:
    """How many recommendations must meet every limit."""

    old: Quantifier
    new: Quantifier


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that a scope gained or lost; ``but_for`` are those of the other version in it."""

    text: str
    but_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Concern:
    """One key of a scope: whom the patterns newly concern, and whom no longer.

    ``old`` or ``new`` None: the key was not there, or is not, and everything matches.
    """

    old: tuple[str, ...] | None
    new: tuple[str, ...] | None
    joins: tuple[Pattern, ...] = ()
    leaves: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """Which kind of recommendations are candidates; None is any."""

    old: EndpointKind | None
    new: EndpointKind | None


@dataclass(frozen=True, slots=True)
class Enforcement:
    """Whether, and from which day, a failure counts."""

    old: Policy
    new: Policy


@dataclass(frozen=True, slots=True)
class Registry:
    """What follows in the model registry, under ``on_pass`` or ``on_fail``."""

    old: RegistryAction
    new: RegistryAction


@dataclass(frozen=True, slots=True)
class Hearing:
    """Names that are in a list now and were not, and the reverse: routes, or verdicts.

    ``old`` or ``new`` None: the list was, or is, not there.
    """

    old: tuple[str, ...] | None
    new: tuple[str, ...] | None
    joins: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """A text that is another one; empty: none."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Life:
    """The days of a waiver."""

    old: Waiver
    new: Waiver


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a waiver allows: its ceiling, its floor, or its names."""

    old: Waiver
    new: Waiver


Detail = (
    Added | Removed | Renamed | Bound | Accepted | Missing | Candidates | Concern | Kind
    | Enforcement | Registry | Hearing | Said | Life | Allowance
)  # fmt: skip

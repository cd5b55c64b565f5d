"""The limits of a policy that is to be written: around one recommendation, or at given figures.

Figures are rounded outwards only: what the recommendation was given is never taken back by a
rounding.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from recgate.domain.candidate import Candidate, EndpointKind
from recgate.domain.catalogue import NUMERIC_LIMITS, Direction, LimitSpec

DEFAULT_HEADROOM = 0.2
"""The share that is left over the figures of a recommendation, unless another is asked for."""

LIMITS_OF_KIND: Mapping[EndpointKind, tuple[str, ...]] = {
    EndpointKind.REALTIME: (
        "max_cost_per_hour_usd",
        "max_latency_p99_ms",
        "max_model_latency_ms",
        "min_invocations_per_minute",
    ),
    EndpointKind.SERVERLESS: (
        "max_cost_per_million_inferences_usd",
        "max_latency_p99_ms",
        "max_model_latency_ms",
        "min_invocations_per_minute",
        "max_serverless_memory_mb",
        "max_serverless_concurrency",
    ),
}
"""The limits that are set around a recommendation without being named one by one."""

LIMITS_ON_DEMAND = (
    "max_cost_per_hour_usd",
    "max_cost_per_million_inferences_usd",
    "max_cpu_utilization_pct",
    "max_memory_utilization_pct",
    "max_instance_count",
)
"""Limits that are set around a recommendation when a headroom is asked for them by name."""

_STEP_OF_SIZE: Mapping[str, Decimal] = {
    "max_instance_count": Decimal(1),
    "max_serverless_concurrency": Decimal(1),
    "max_serverless_memory_mb": Decimal(1024),
}
"""Figures that are counted, and what they are counted in: MemorySizeInMB comes in whole GB."""

_MOST: Mapping[str, Decimal] = {
    "max_memory_utilization_pct": Decimal(100),
    "max_cpu_utilization_pct": Decimal(20_000),
    "max_serverless_memory_mb": Decimal(6144),
}
"""What no recommendation passes (the schema's own bounds, and SageMaker's largest endpoint): a
limit from there on would never be broken.
"""

_FINE_BELOW = Decimal("0.1")
"""Under this headroom figures are rounded ten times finer, or the rounding would be all of it."""

_WARN_SHARE = Decimal("0.2")
"""A limit that is given as a figure warns when a fifth of it is left."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit with its figures. ``warn`` None: it fails without a warning before.

    ``had`` is what the recommendation has for which it was made, None without one; ``leaves``
    the share of it that lies between it and ``fail``.
    """

    spec: LimitSpec
    fail: float
    warn: float | None
    had: float | None = None
    asked: float | None = None

    @property
    def name(self) -> str:
        """Its key under ``require``."""
        return self.spec.name

    @property
    def leaves(self) -> float | None:
        """The headroom that it leaves, as a share of what the recommendation has."""
        if not self.had:
            return None
        had, fail = _exact(self.had), _exact(self.fail)
        return float(abs(fail - had) / had)

    @property
    def beyond(self) -> float:
        """A figure that breaks it: the next one that still reads well."""
        fail = _exact(self.fail)
        step = _STEP_OF_SIZE.get(self.name) or Decimal(1).scaleb(fail.adjusted() - 2)
        return float(fail + step if _is_ceiling(self.spec) else fail - step)

    @property
    def passes(self) -> float:
        """A figure that meets it without a warning."""
        return next(each for each in (self.had, self.warn, self.fail) if each is not None)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A limit that is not set, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Headroom:
    """How much room to leave, as shares of what a recommendation has (0.2: a fifth).

    ``by_limit`` wins over ``share``.
    """

    share: float = DEFAULT_HEADROOM
    by_limit: Mapping[str, float] = field(default_factory=dict)

    def of(self, name: str) -> float:
        """The share for one limit."""
        return self.by_limit.get(name, self.share)


def bounds_around(
    candidate: Candidate, headroom: Headroom, given: Iterable[Bound] = ()
) -> tuple[tuple[Bound, ...], tuple[LeftOut, ...]]:
    """The limits around a recommendation, and those that cannot be set, in the catalogue's order.

    A limit that was ``given`` keeps its figure.
    """
    named = {bound.name: bound for bound in given}
    wanted = {*LIMITS_OF_KIND[candidate.kind], *headroom.by_limit, *named}
    bounds: list[Bound] = []
    left_out: list[LeftOut] = []
    for name, spec in NUMERIC_LIMITS.items():
        if name not in wanted:
            continue
        made = named.get(name) or _around(spec, candidate, headroom.of(name))
        if isinstance(made, LeftOut):
            left_out.append(made)
        else:
            bounds.append(_beside(made, candidate))
    return tuple(bounds), tuple(left_out)


def _beside(bound: Bound, candidate: Candidate) -> Bound:
    """The bound with what the recommendation has, its warning never in that one's way."""
    had = candidate.values[bound.spec.metric]
    if had is None or bound.had is not None:
        return bound
    warn = bound.warn
    if warn is not None and (had > warn if _is_ceiling(bound.spec) else had < warn):
        warn = _warning(bound.spec, _exact(had), _exact(bound.fail), fine=True)
    return Bound(bound.spec, bound.fail, warn, had)


def bound_at(name: str, fail: float) -> Bound:
    """The limit at a figure that is given; it warns a fifth before."""
    spec, limit = NUMERIC_LIMITS[name], _exact(fail)
    safe = limit * (1 - _WARN_SHARE) if _is_ceiling(spec) else limit / (1 - _WARN_SHARE)
    warn = _rounded(spec, safe, up=not _is_ceiling(spec), fine=False)
    return Bound(spec, fail, None if warn == limit else float(warn))


def meets(bound: Bound, candidate: Candidate) -> bool:
    """Whether a recommendation that has the figure is within the bound."""
    had = candidate.values[bound.spec.metric]
    return had is None or (had <= bound.fail if _is_ceiling(bound.spec) else had >= bound.fail)


def _around(spec: LimitSpec, candidate: Candidate, share: float) -> Bound | LeftOut:
    reading = candidate.readings[spec.metric]
    if spec.only_for not in (None, candidate.kind):
        return LeftOut(spec.name, f"it does not exist for a {candidate.kind} endpoint")
    if reading.value is None:
        return LeftOut(spec.name, f"the job has no figure: {reading.missing or 'not reported'}")
    if reading.value == 0:
        return LeftOut(spec.name, "the job has 0, and no share of that can be left")
    had, room = _exact(reading.value), _exact(share)
    ceiling, fine = _is_ceiling(spec), room < _FINE_BELOW
    fail = _rounded(spec, had * (1 + room if ceiling else 1 - room), up=ceiling, fine=fine)
    is_a_figure = 0 < float(fail) < math.inf
    if not is_a_figure or fail >= _MOST.get(spec.name, Decimal("inf")):
        said = f"with a headroom of {100 * share:g}% from {reading.value:g}"
        return LeftOut(spec.name, f"{said} nothing would break it")
    warn = _warning(spec, had, fail, fine=fine)
    return Bound(spec, float(fail), warn, reading.value, share)


def _warning(spec: LimitSpec, had: Decimal, fail: Decimal, *, fine: bool) -> float | None:
    """Half-way between what a recommendation has and what fails; None if nothing lies there."""
    warn = _rounded(spec, (had + fail) / 2, up=_is_ceiling(spec), fine=fine)
    lies_between = warn < fail if _is_ceiling(spec) else warn > fail
    return float(warn) if lies_between else None


def _rounded(spec: LimitSpec, value: Decimal, *, up: bool, fine: bool) -> Decimal:
    """The next figure that reads well: 1.05, 1.1, … 2.1, 2.2, … 5.2, 5.4, … and their tenfolds.

    No step is wider than a twentieth of the figure, nor, when ``fine``, a two-hundredth.
    """
    if value <= 0:
        return value
    step = _STEP_OF_SIZE.get(spec.name)
    if step is None:
        lead = value.scaleb(-value.adjusted())
        wide = "0.05" if lead < 2 else "0.1" if lead < 5 else "0.2"
        step = Decimal(wide).scaleb(value.adjusted() - (1 if fine else 0))
    rounding = ROUND_CEILING if up else ROUND_FLOOR
    return (value / step).to_integral_value(rounding) * step


def _exact(value: float) -> Decimal:
    """The figure as it is written, not as a double holds it."""
    return Decimal(repr(value))


def _is_ceiling(spec: LimitSpec) -> bool:
    return spec.direction is Direction.AT_MOST

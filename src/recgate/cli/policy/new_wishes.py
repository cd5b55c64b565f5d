"""What is wanted of a new policy, and the policy that it makes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from recgate.cli.policy.new_job import JobStart, picked
from recgate.domain.candidate import EndpointKind
from recgate.domain.new_policy import NewPolicy, Origin, families_of, scope_of
from recgate.domain.new_policy_bounds import (
    DEFAULT_HEADROOM,
    Bound,
    Headroom,
    LeftOut,
    bound_at,
    bounds_around,
    meets,
)
from recgate.domain.policy import Mode
from recgate.rendering.new_policy.yaml_text import figure
from recgate.rendering.safe_text import clean

REALTIME, SERVERLESS = EndpointKind.REALTIME, EndpointKind.SERVERLESS


class CannotBeMet(ValueError):
    """What is wanted goes against itself, or against the job; the message says how."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was said so far; None: nothing was. ``figures`` are limits that are given as such."""

    name: str | None = None
    kind: EndpointKind | None = None
    recommendation: str | None = None
    share: float | None = None
    shares: Mapping[str, float] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, tuple[str, ...]] | None = None
    job_names: tuple[str, ...] | None = None
    model_package_groups: tuple[str, ...] | None = None
    families: tuple[str, ...] | None = None
    when: tuple[Mode, date | None] | None = None
    owner: str | None = None
    notify: tuple[str, ...] | None = None

    @property
    def headroom(self) -> Headroom:
        """How much room to leave over a recommendation."""
        return Headroom(DEFAULT_HEADROOM if self.share is None else self.share, self.shares)


def policy_of(wishes: Wishes, name: str, start: JobStart | None, *, owner: str = "") -> NewPolicy:
    """The policy that the wishes make, around a job's recommendation if there is a job.

    ``owner`` is taken where nothing else says whose it is. Raises CannotBeMet.
    """
    mode, enforce_from = wishes.when or (Mode.ENFORCE, None)
    plain = NewPolicy(
        name=name,
        kind=wishes.kind or REALTIME,
        bounds=(),
        families=wishes.families or (),
        owner=owner if wishes.owner is None else wishes.owner,
        tags=wishes.tags or {},
        job_names=wishes.job_names or (),
        model_package_groups=wishes.model_package_groups or (),
        mode=mode,
        enforce_from=enforce_from,
        notify=wishes.notify or (),
    )
    given = [bound_at(limit, value) for limit, value in wishes.figures.items()]
    new = _from_figures(plain, given) if start is None else _around(plain, given, wishes, start)
    if new.kind is SERVERLESS and new.families:
        raise CannotBeMet("a serverless endpoint has no instances: leave the families out")
    if not new.bounds and not new.families:
        reasons = "; ".join(f"{gap.name}: {clean(gap.reason, 120)}" for gap in new.left_out)
        raise CannotBeMet(f"a policy needs one limit at least{f' ({reasons})' if reasons else ''}")
    return new


def _from_figures(plain: NewPolicy, given: list[Bound]) -> NewPolicy:
    notes = ("it concerns every job: narrow it under applies_to",)
    return replace(plain, bounds=tuple(given), notes=notes if plain.concerns_every_job else ())


def _around(plain: NewPolicy, given: list[Bound], wishes: Wishes, start: JobStart) -> NewPolicy:
    chosen = picked(start, wishes.recommendation, kind=wishes.kind, families=plain.families)
    what = clean(chosen.configuration, 80)
    if plain.families and chosen.kind is REALTIME and chosen.family not in plain.families:
        families = ", ".join(plain.families)
        raise CannotBeMet(f"the recommendation {what} is none of {families}, so it would fail")
    for bound in given:
        if not meets(bound, chosen):
            had = figure(chosen.values[bound.spec.metric] or 0.0, bound.spec.unit)
            limit = figure(bound.fail, bound.spec.unit)
            raise CannotBeMet(
                f"the recommendation {what} has {had}, so it would fail {bound.name}: {limit}"
            )
    bounds, left_out = bounds_around(chosen, wishes.headroom, given)
    scope = scope_of(start.snapshot)
    asked_for_scope = [wishes.tags, wishes.job_names, wishes.model_package_groups]
    says_nothing = all(each is None for each in asked_for_scope)
    groups = wishes.model_package_groups
    new = replace(
        plain,
        kind=chosen.kind,
        bounds=bounds,
        left_out=tuple(LeftOut(gap.name, clean(gap.reason, 120)) for gap in left_out),
        owner=scope.owner if wishes.owner is None and scope.owner else plain.owner,
        tags=scope.tags if wishes.tags is None else wishes.tags,
        model_package_groups=scope.model_package_groups if groups is None else groups,
        origin=Origin(start.snapshot.job_name, chosen, families_of(start.snapshot.candidates)),
    )
    every = ("it concerns every job: narrow it under applies_to",)
    notes = scope.notes if says_nothing else every if new.concerns_every_job else ()
    return replace(new, notes=notes)

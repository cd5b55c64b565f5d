"""A policy that is to be written: what goes into it, and what a job says about that."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from recgate.domain.candidate import Candidate, EndpointKind
from recgate.domain.catalogue import NUMERIC_LIMITS
from recgate.domain.job import Snapshot
from recgate.domain.new_policy_bounds import LIMITS_OF_KIND, Bound, LeftOut
from recgate.domain.policy import Mode

_ENVIRONMENT_TAGS = ("env", "environment", "stage")
"""Tags that say where a model runs: what a policy is about. Others say whose it is."""

_OWNER_TAGS = ("owner", "team")

_GLOB_CHARACTERS = re.compile(r"[*?[]")
_PATTERN_LIMIT, _OWNER_LIMIT = 256, 200
"""Characters, by the schema of policies."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The recommendation that a policy is made around."""

    job_name: str
    chosen: Candidate
    families: tuple[str, ...] = ()
    """Those of all the job's recommendations."""


@dataclass(frozen=True, slots=True)
class NewPolicy:
    """All that is to be written into one policy. Of its scope, an empty part is no condition.

    ``enforce_from`` is a day until which it only observes; under ``Mode.OBSERVE`` there is none.
    ``notes`` say what was decided for whoever asked, where nothing was said about it.
    """

    name: str
    kind: EndpointKind
    bounds: tuple[Bound, ...]
    left_out: tuple[LeftOut, ...] = ()
    families: tuple[str, ...] = ()
    owner: str = ""
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    job_names: tuple[str, ...] = ()
    model_package_groups: tuple[str, ...] = ()
    mode: Mode = Mode.ENFORCE
    enforce_from: date | None = None
    notify: tuple[str, ...] = ()
    origin: Origin | None = None
    notes: tuple[str, ...] = ()

    @property
    def concerns_every_job(self) -> bool:
        """Whether its scope has no condition but the kind."""
        return not (self.tags or self.job_names or self.model_package_groups)


def chosen_of(candidates: Sequence[Candidate], *, families: Collection[str]) -> Candidate | None:
    """The recommendation to make a policy around; None when there is none of these families.

    The first in the product's own order (cost, then latency) among those whose figures are
    there, or that lack the fewest of those that would be limited.
    """
    taken = [row for row in candidates if not families or row.family in families]
    return min(taken, key=_lacking, default=None)


def _lacking(candidate: Candidate) -> int:
    names = LIMITS_OF_KIND[candidate.kind]
    return sum(candidate.values[NUMERIC_LIMITS[name].metric] is None for name in names)


def families_of(candidates: Iterable[Candidate]) -> tuple[str, ...]:
    """The instance families among recommendations, each once, in their order."""
    return tuple(dict.fromkeys(row.family for row in candidates if row.family is not None))


@dataclass(frozen=True, slots=True)
class JobScope:
    """The jobs that are like one job: the same environment, the same model; and whose it is.

    ``notes`` say what could not be told, and what follows from that.
    """

    tags: Mapping[str, tuple[str, ...]]
    model_package_groups: tuple[str, ...]
    owner: str
    notes: tuple[str, ...]


def scope_of(snapshot: Snapshot) -> JobScope:
    """The scope that a policy made from this job has, unless another is asked for."""
    known = snapshot.tags or {}
    tags = {
        key: (pattern,)
        for key, value in known.items()
        if key.lower() in _ENVIRONMENT_TAGS
        and (pattern := _literally(value)) is not None
        and key.isprintable()
    }
    group = _literally(snapshot.model_package_group or "")
    groups = (group,) if group else ()
    owners = [value for key, value in known.items() if key.lower() in _OWNER_TAGS]
    owner = next((each for each in owners if each.isprintable() and len(each) <= _OWNER_LIMIT), "")
    notes = []
    if snapshot.tags is None:
        notes.append("the job's tags are not known, so none are asked for: --tag env=prod does")
    elif not tags:
        notes.append("no tag of the job says where it runs, so none is asked for: --tag does")
    if not tags and not groups:
        notes.append("it concerns every job: narrow it under applies_to")
    return JobScope(tags, groups, owner, tuple(notes))


def _literally(value: str) -> str | None:
    """A pattern that matches this value alone; None when a policy cannot hold it."""
    pattern = _GLOB_CHARACTERS.sub(lambda found: f"[{found[0]}]", value)
    return pattern if pattern.isprintable() and len(pattern) <= _PATTERN_LIMIT else None

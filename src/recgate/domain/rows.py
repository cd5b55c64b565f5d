"""The recommendations that a policy judges, read into columns: a limit runs down one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recgate.domain.candidate import Candidate, EndpointKind, Metric

Places = tuple[int, ...]
"""Where rows stand among the candidates, counted from 0."""


_NO_ROWS: tuple[tuple[float | None, ...], ...] = ((),) * len(Metric)


@dataclass(frozen=True, slots=True)
class Rows:
    """Candidates in the order of the snapshot.

    ``columns`` holds for each `Metric` the figure of every row (None: missing), ``families`` and
    ``instance_types`` the names. ``others`` says for each kind where rows of another kind stand.
    """

    candidates: tuple[Candidate, ...]
    columns: tuple[tuple[float | None, ...], ...]
    families: tuple[str | None, ...]
    instance_types: tuple[str | None, ...]
    others: Mapping[EndpointKind, Places]


def rows_of(candidates: Sequence[Candidate]) -> Rows:
    """Read candidates into columns."""
    return Rows(
        candidates=tuple(candidates),
        columns=tuple(zip(*[row.values for row in candidates], strict=True)) or _NO_ROWS,
        families=tuple([row.family for row in candidates]),
        instance_types=tuple([row.instance_type for row in candidates]),
        others={
            kind: tuple([place for place, row in enumerate(candidates) if row.kind is not kind])
            for kind in EndpointKind
        },
    )

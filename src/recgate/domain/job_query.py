"""Which jobs somebody wants to see listed, and what was found."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from recgate.domain.status_change import ListedJob


class SortBy(StrEnum):
    """The orders that SageMaker can list in."""

    CREATED = "created"
    NAME = "name"
    STATUS = "status"


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Every condition must hold; one that is None or empty is none.

    ``statuses`` are alternatives to each other. Times are UTC. ``is_descending`` puts the newest
    job first, or the last name.
    """

    statuses: tuple[str, ...] = ()
    name_contains: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    modified_after: datetime | None = None
    modified_before: datetime | None = None
    model_name: str | None = None
    model_package_arn: str | None = None
    sort_by: SortBy = SortBy.CREATED
    is_descending: bool = True


@dataclass(frozen=True, slots=True)
class FoundJobs:
    """The jobs in the order asked for. ``has_more``: there are, or may be, more than these."""

    jobs: tuple[ListedJob, ...]
    has_more: bool

"""What there is to say about a job that still runs."""

from dataclasses import dataclass
from datetime import datetime

from recgate.domain.job import Snapshot
from recgate.domain.progress import Benchmarks


@dataclass(frozen=True, slots=True)
class ProgressNote:
    """A running job at one moment: ``snapshot`` has no recommendations yet.

    ``policies`` are the names of those that will judge it, ``seen_at`` is UTC.
    """

    snapshot: Snapshot
    benchmarks: Benchmarks
    policies: tuple[str, ...]
    seen_at: datetime

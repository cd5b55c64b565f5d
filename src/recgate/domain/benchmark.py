"""One load test of a job, with what was measured in it."""

from dataclasses import dataclass
from datetime import datetime

from recgate.domain.candidate import Candidate
from recgate.domain.reading import Reading


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A load test as SageMaker lists it, whether it became a recommendation or not.

    ``status`` is SageMaker's own word, empty when it gave none. ``made`` is what was tested and
    what was measured of it, in the form of a recommendation; its P99 is never known here.
    ``setup_time`` is `ModelSetupTime` as it was reported. ``is_existing`` marks an endpoint that
    was there before the job, of which only model latency and invocations are measured.
    """

    status: str
    made: Candidate
    setup_time: Reading
    is_existing: bool = False
    failure_reason: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

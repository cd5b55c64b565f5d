"""The watcher's ports with a state that tests can look at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from recgate.domain.status_change import ListedJob, StatusChange
from recgate.domain.watch_memory import Remembered
from recgate.watch_ports import MemorySuperseded
from tests.builders import NOW

ARN = "arn:aws:sagemaker:eu-west-1:111122223333:inference-recommendations-job/"
MINUTE = timedelta(minutes=1)


def listed(name: str, status: str, at: datetime, *, created_at: datetime = NOW) -> ListedJob:
    """A job that was last modified at that time."""
    return ListedJob(name, ARN + name, status, created_at, at, job_type="Default")


@dataclass
class SageMaker:
    """The jobs of one place, listed as SageMaker does: by whole seconds, in order of creation."""

    jobs: dict[str, ListedJob] = field(default_factory=dict)
    most: int = 2_000
    asked: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def put(self, *jobs: ListedJob) -> None:
        self.jobs.update({job.arn: job for job in jobs})

    def changed(
        self, after: datetime, before: datetime | None, *, at_most: int | None
    ) -> Sequence[ListedJob] | None:
        self.before()
        self.asked.append((after, before))
        found = [
            job
            for job in self.jobs.values()
            if job.modified_at > after and (before is None or job.modified_at < before)
        ]
        if at_most is not None and len(found) > min(at_most, self.most):
            return None
        return sorted(found, key=lambda job: (job.created_at, job.name))


@dataclass
class Bus:
    """Keeps what it was given; ``refuses`` says of a change whether it is not taken now."""

    events: list[StatusChange] = field(default_factory=list)
    refuses: Callable[[StatusChange], bool] = lambda change: False
    before: Callable[[], None] = lambda: None

    def put(self, changes: Sequence[StatusChange]) -> Sequence[StatusChange]:
        self.before()
        refused = [change for change in changes if self.refuses(change)]
        self.events += [change for change in changes if change not in refused]
        return refused

    @property
    def told(self) -> list[tuple[str, str | None, str]]:
        """What was announced: name, previous status, status."""
        return [(event.job.name, event.previous, event.job.status) for event in self.events]


@dataclass
class Memory:
    """A watcher's memory with its revisions; ``saves`` counts them."""

    remembered: Remembered | None = None
    revision: int = 0
    made: datetime | None = None
    before: Callable[[], None] = lambda: None

    def made_at(self) -> datetime | None:
        self.before()
        return self.made

    def load(self) -> tuple[Remembered | None, int]:
        self.before()
        return self.remembered, self.revision

    def save(self, remembered: Remembered, *, revision: int) -> int:
        self.before()
        if revision != self.revision:
            raise MemorySuperseded(f"revision {self.revision} is there, not {revision}")
        self.remembered, self.revision = replace(remembered), revision + 1
        return self.revision

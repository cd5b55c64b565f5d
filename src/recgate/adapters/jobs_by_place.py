"""Jobs of several accounts and regions: each is asked for in the place that it is in."""

from collections.abc import Callable

from recgate.domain.job import Snapshot
from recgate.domain.notice import JobNotice
from recgate.domain.place import Place, Places
from recgate.flows.serving import place_of_notice, place_of_state
from recgate.ports import JobSource, JobState


class JobsByPlace:
    """The JobSource over the sources of all places; each is made once, when it is first needed.

    It is the one that refuses jobs of a place that is not served (NotServed, a
    JobSourceRefused). What making a source raises is raised here too.
    """

    def __init__(self, places: Places, source_in: Callable[[Place], JobSource]) -> None:
        self._places = places
        self._source_in = source_in
        self._made: dict[Place, JobSource] = {}

    def state(self, notice: JobNotice) -> JobState:
        """See `recgate.ports.JobSource.state`. A notice that names no place is about home."""
        return self._source(place_of_notice(notice, self._places)).state(notice)

    def gather(self, state: JobState) -> Snapshot:
        """See `recgate.ports.JobSource.gather`. The job's ARN says where it is."""
        return self._source(place_of_state(state, self._places)).gather(state)

    def _source(self, place: Place) -> JobSource:
        if place not in self._made:
            self._made[place] = self._source_in(place)
        return self._made[place]

"""What the check is made of: its ports, and the few numbers that steer it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from recgate.domain.route import Route
from recgate.flows.configuration import ConfigurationMemory
from recgate.ports import (
    Clock,
    DecisionIndex,
    JobSource,
    JobState,
    Ledger,
    PolicySource,
    SnapshotReader,
)
from recgate.telling_ports import Channel, Conversation, Reports

SETTLING_TIME = timedelta(minutes=15)
"""How long after a job's end CloudWatch may still be short of its samples."""

LEASE = timedelta(seconds=150)
"""How long a worker may keep a claim on an effect; longer than a function may run."""


@dataclass(frozen=True, slots=True)
class CheckParts:
    """Everything the check needs from outside.

    ``built_in_routes`` come from the settings rather than from a file, so they can still be
    told when the policies folder is broken. ``worker`` names this worker in claims.
    ``tells`` False records and leaves it to whoever comes next to say who hears of it.
    ``conversation_for`` gives None for a route that can neither change nor answer what it said.
    ``reports`` None: nobody keeps pages about decisions. ``index`` None: nobody finds decisions
    by their day. ``remind`` sends the reminder of that number to look at a running job again
    after so many seconds; False: it was not sent. ``configuration`` is what this process knows of
    the rules that are recorded already.
    """

    jobs: JobSource
    policies: PolicySource
    ledger: Ledger
    read_snapshot: SnapshotReader
    channel_for: Callable[[Route], Channel]
    clock: Clock
    worker: str
    built_in_routes: Mapping[str, Route] = field(default_factory=dict)
    settling: timedelta = SETTLING_TIME
    lease: timedelta = LEASE
    tells: bool = True
    conversation_for: Callable[[Route], Conversation | None] = lambda _: None
    reports: Reports | None = None
    index: DecisionIndex | None = None
    remind: Callable[[JobState, int, float], bool] = lambda _state, _number, _after_s: False
    configuration: ConfigurationMemory = field(default_factory=ConfigurationMemory)

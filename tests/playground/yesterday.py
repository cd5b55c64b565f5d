"""Decisions of the day before, for a digest to tell of: those about the sample jobs."""

from datetime import datetime, timedelta

from recgate.adapters.policy_files import PolicyFiles
from recgate.adapters.recorded_jobs import RecordedFolder
from recgate.dialect.describe import snapshot_from
from recgate.domain.notice import JobNotice, Trigger, TriggerSource
from recgate.domain.route import Route
from recgate.flows.check import check
from recgate.flows.parts import CheckParts
from recgate.ports import Ledger
from recgate.telling_ports import Channel
from tests.servers.job_scripts import SAMPLES, scripts

_POLICIES = SAMPLES.parents[1] / "policies"


def decide_yesterday(ledger: Ledger, now: datetime) -> int:
    """Record what would have been decided a day ago, unless it is there; gives of how many jobs.

    Nobody is told.
    """
    parts = CheckParts(
        jobs=RecordedFolder(SAMPLES, minimum_samples=100),
        policies=PolicyFiles(_POLICIES, built_in_routes={}, default_routes=()),
        ledger=ledger,
        read_snapshot=snapshot_from,
        channel_for=_nobody,
        clock=lambda: now - timedelta(days=1),
        worker="yesterday",
        tells=False,
    )
    for name in scripts():
        check(JobNotice(name, Trigger(TriggerSource.COMMAND_LINE)), parts)
    return len(scripts())


def _nobody(route: Route) -> Channel:
    raise AssertionError(f"nobody is told, and {route.name} was to be")

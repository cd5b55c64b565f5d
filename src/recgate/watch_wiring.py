"""The watcher's parts, for the function and for a desk: the other half of `recgate.wiring`."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from recgate.domain.place import Place, Places
from recgate.flows.watch import WatchParts
from recgate.settings import Settings, SettingsInvalid
from recgate.watch_ports import WatchMemory
from recgate.wiring import aws_in, ledger, utc_now

if TYPE_CHECKING:
    from recgate.adapters.aws_clients import Aws


def watched_places(
    settings: Settings, aws: "Aws", *, memory_of: Callable[[Place], WatchMemory] | None = None
) -> Mapping[Place, Callable[[], WatchParts]]:
    """For every place that is watched, what makes its watcher's parts; home comes first.

    ``memory_of`` gives another memory than that of the settings' table.
    Raises SettingsInvalid and AwsNotConfigured.
    """
    if memory_of is None and not settings.watch_table:
        raise SettingsInvalid(
            "RECGATE_WATCH_TABLE: the table of the watcher's memory is needed (the stack's output "
            "WatchTableName)."
        )
    places = settings.places(aws.home_region)
    remember = memory_of or partial(watch_memory, settings, aws)
    return {place: partial(_parts, place, places, settings, aws, remember) for place in places}


def watch_memory(settings: Settings, aws: "Aws", place: Place) -> WatchMemory:
    """The memory of a place's watcher in the deployed table."""
    from recgate.adapters.dynamodb_watch_memory import DynamoDbWatchMemory

    return DynamoDbWatchMemory(aws.client("dynamodb"), settings.watch_table, place)


def _parts(
    place: Place,
    places: Places,
    settings: Settings,
    aws: "Aws",
    memory_of: Callable[[Place], WatchMemory],
) -> WatchParts:
    from recgate.adapters.eventbridge_bus import EventBridgeBus
    from recgate.adapters.sagemaker_job_list import SageMakerJobList

    there = aws_in(place, places, settings, aws)
    return WatchParts(
        jobs=SageMakerJobList(there.client("sagemaker", place.region)),
        # What happens elsewhere is told at home, where the rules and the queue are.
        bus=EventBridgeBus(aws.client("events"), settings.bus),
        memory=memory_of(place),
        ledger=ledger(settings.ledger, aws),
        clock=utc_now,
        verdict_within=settings.settling + settings.verdict_within,
    )

"""The check function: SQS messages in, partial batch failures out.

Nothing happens at import: the first call builds what is needed, later calls use it again.
"""

from functools import cache
from typing import Any

from recgate.functions.queue_worker import QueueWorker
from recgate.functions.telemetry import Telemetry


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """The Lambda entry point. ``event`` is a batch of SQS records."""
    return worker().handle(event, context)


@cache
def worker() -> QueueWorker:
    """What the handler works with, built from the environment once."""
    import os

    from recgate.settings import settings_from
    from recgate.wiring import queue_parts

    settings = settings_from(os.environ)
    return QueueWorker(queue_parts(settings), Telemetry(metrics=settings.metrics))

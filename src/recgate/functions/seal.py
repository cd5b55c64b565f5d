"""The seal function: every minute, what was recorded is signed and archived.

Nothing happens at import: the first call builds what is needed, later calls use it again.
"""

from functools import cache
from typing import Any

from recgate.functions.seal_worker import SealWorker


def handler(event: object, context: object) -> dict[str, Any]:
    """The Lambda entry point. What the schedule sends does not matter; the answer is a summary."""
    return worker().handle(context)


@cache
def worker() -> SealWorker:
    """What the handler works with, built from the environment once."""
    import os

    from recgate.adapters.aws_clients import Aws
    from recgate.evidence_wiring import seal_parts
    from recgate.functions.seal_telemetry import SealTelemetry
    from recgate.settings import settings_from

    settings = settings_from(os.environ)
    return SealWorker(seal_parts(settings, Aws()), SealTelemetry(metrics=settings.metrics))

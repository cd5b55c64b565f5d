"""The watch function: every minute one sweep of each place, and an error when one failed.

Nothing happens at import: the first call builds what is needed, later calls use it again.
"""

from functools import cache
from typing import Any

from recgate.functions.watcher import Watcher


def handler(event: object, context: object) -> dict[str, Any]:
    """The Lambda entry point. What the schedule sends does not matter; the answer is a summary."""
    return watcher().handle(context)


@cache
def watcher() -> Watcher:
    """What the handler works with, built from the environment once."""
    import os

    from recgate.adapters.aws_clients import Aws
    from recgate.settings import settings_from
    from recgate.watch_wiring import watched_places

    settings = settings_from(os.environ)
    return Watcher(watched_places(settings, Aws()), metrics=settings.metrics)

"""A handler for the test of the local Lambda runtime: it does what its event says."""

import os
import sys
import time
from typing import Any


class TooLarge(Exception):
    """A failure of this handler's own."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Echo, fail, hang or die."""
    print("handled", event.get("name"))  # noqa: T201
    print("complained", file=sys.stderr)  # noqa: T201
    if event.get("do") == "raise":
        raise TooLarge("256 KB is too much")
    if event.get("do") == "hang":
        time.sleep(60)
    if event.get("do") == "die":
        os._exit(3)
    return {
        "event": event,
        "pid": os.getpid(),
        "request_id": context.aws_request_id,
        "function_arn": context.invoked_function_arn,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "setting": os.environ.get("RECGATE_SETTING"),
        "leaked": os.environ.get("RECGATE_NOT_FOR_THE_FUNCTION"),
    }

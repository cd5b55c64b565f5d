"""The form for a job, read."""

import re
from collections.abc import Mapping

from tests.playground.world import JobOrder, WorldRefused

LONGEST_RUN_S = 3600


def job_order(form: Mapping[str, str]) -> JobOrder:
    """The job that the form asks for. Raises WorldRefused."""
    try:
        runs_s = float(form.get("runs_s", ""))
    except ValueError as broken:
        raise WorldRefused("How long the job runs must be a number of seconds.") from broken
    if not 0 <= runs_s <= LONGEST_RUN_S:
        raise WorldRefused(f"A job may run for 0 to {LONGEST_RUN_S} seconds.")
    tags = {}
    for pair in re.split(r"[,\s]+", form.get("tags", "").strip()):
        key, equals, value = pair.partition("=")
        if pair and not (key and equals):
            raise WorldRefused(f"A tag is written key=value, not {pair}.")
        if pair:
            tags[key] = value
    return JobOrder(form.get("name", "").strip(), form.get("sample", ""), runs_s, tags)

"""The answers of `recgate doctor` as JSON."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from recgate.domain.checkup import Health, Result, overall
from recgate.rendering.checkup.kinds import KINDS
from recgate.rendering.safe_text import clean

SCHEMA = "recgate-doctor/1"
FINDING_MAX, REMEDY_MAX = 900, 2000
"""Characters; a remedy is a command, of which a part would be worse than none."""


def checkup_document(results: Sequence[Result], *, version: str, stack: str) -> dict[str, Any]:
    """All of it: the whole first, then each check."""
    return {
        "schema": SCHEMA,
        "version": version,
        "stack": stack or None,
        "overall": overall(results).value,
        "counts": counts(results),
        "checks": [_check(result) for result in results],
    }


def counts(results: Sequence[Result]) -> dict[str, int]:
    """How many there are of each state, none left out."""
    found = Counter(result.health for result in results)
    return {health.value: found[health] for health in Health}


def _check(result: Result) -> dict[str, Any]:
    return {
        "id": result.id.value,
        "about": clean(result.about, FINDING_MAX) or None,
        "title": KINDS[result.id].title,
        "state": result.health.value,
        "finding": clean(result.finding, FINDING_MAX),
        "remedy": clean(result.remedy, REMEDY_MAX) or None,
    }

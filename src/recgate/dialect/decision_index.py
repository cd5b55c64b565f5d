"""By what recorded decisions are found: what every ledger takes for the day and the key of one."""

import re

from recgate.ports import Entry, LedgerRefused, job_stream

ID_DIGITS = 12
"""The fewest digits of a key that name a decision. They are 48 bits: that two of a million
decisions begin alike has a chance of 1 in 500.
"""

_BEGINNING = re.compile(rf"[0-9a-f]{{{ID_DIGITS},64}}")
_KEY = re.compile(rf"[0-9a-f]{{{ID_DIGITS}}}")


def is_decision(stream: str, entry: Entry) -> bool:
    """Whether the entry is one that the index of decisions has to find."""
    return entry.kind == "decision" and is_of_job(stream)


def is_of_job(stream: str) -> bool:
    """Whether a stream is a job's."""
    return stream.startswith(job_stream(""))


def decision_id(key: str) -> str | None:
    """The digits by which a decision is found; None for a key that is no digest."""
    found = _KEY.match(key)
    return None if found is None else found[0]


def checked_beginning(decision: str) -> str:
    """The beginning of a decision's key as it was given. Raises LedgerRefused if it is none."""
    if _BEGINNING.fullmatch(decision):
        return decision
    raise LedgerRefused(
        f"cannot look for decision {decision[:80]!r}: a decision is named by the first "
        f"{ID_DIGITS} to 64 digits of its key, in 0-9 and a-f (lower case)"
    )
